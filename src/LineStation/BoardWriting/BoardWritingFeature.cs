using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.LineStation.Terminal;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>The cable and what is done to the board on it.</summary>
internal static class BoardWritingFeature
{
    /// <summary>Registers it.</summary>
    public static void AddBoardWriting(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<BoardCableOptions>(builder.Configuration, "Board");
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(Check(options.Port()));
        builder.Services.AddSingleton<CableLink>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CableLink>());
        builder.Services.AddSingleton<BoardCable>();
        builder.Services.AddSingleton<ResultPolling>();
        builder.Services.AddSingleton<CommonCertificate>();
        builder.Services.AddSingleton<CommonCertificateWriter>();
        builder.Services.AddSingleton<CableWatch>();
        builder.Services.AddSingleton<InterruptedVisit>();
        builder.Services.AddSingleton<UnitWriter>();
        builder.Services.AddHostedService<LineWorker>();
        builder.Services.AddJob<ReportDeliveryJob>(); // behind the worker, which opens the journal
    }

    /// <summary>A port that is not there yet may still come, and the station's health says so; a program that may not use it would never work.</summary>
    private static NetworkPort Check(NetworkPort port)
    {
        try
        {
            port.Open(AddressFamily.InterNetwork).Dispose();
        }
        catch (NetworkPortException problem) when (problem.IsForbidden)
        {
            throw new ConfigurationException(problem.Message, problem);
        }
        catch (NetworkPortException)
        {
            // CableLink tells it and watches.
        }

        return port;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>The cable and what is done to the board on it.</summary>
internal static class BoardWritingFeature
{
    /// <summary>Registers it.</summary>
    public static void AddBoardWriting(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<BoardCableOptions>(builder.Configuration, "Board"));
        builder.Services.AddSingleton<BoardCable>();
        builder.Services.AddSingleton<ResultPolling>();
        builder.Services.AddSingleton<CommonCertificate>();
        builder.Services.AddSingleton<CommonCertificateWriter>();
        builder.Services.AddSingleton<CableWatch>();
        builder.Services.AddSingleton<UnitWriter>();
        builder.Services.AddHostedService<LineWorker>();
    }
}

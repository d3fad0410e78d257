using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Board.CertificateWriting;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Board.Notifications;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board;

/// <summary>The controller's program: SOAP over TLS on the one address that every new board has.</summary>
public static class BoardApp
{
    /// <inheritdoc cref="Build(string[], BoardReset)"/>
    public static WebApplication Build(string[] args) => Build(args, new BoardReset());

    /// <summary>Builds it. <c>--data</c> is the board's memories; a new directory is a board fresh from assembly.</summary>
    /// <param name="args">As for every program.</param>
    /// <param name="reset">Pulled when the board is to start again; whoever runs it sees to that.</param>
    public static WebApplication Build(string[] args, BoardReset reset)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var options = Settings.Read<BoardOptions>(builder.Configuration, "Board");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<MemoryMap>();
        builder.Services.AddSingleton<BoardContent>(services => new BoardContent(
            services.GetRequiredService<MemoryMap>(),
            options,
            services.GetRequiredService<TimeProvider>(),
            report: services.GetRequiredService<MemoryReport>()));
        builder.Services.AddSingleton<MemoryReport>();
        builder.Services.AddFirmwareInstall(builder.Configuration, reset);
        builder.Services.AddSingleton<PackWriter>();
        builder.Services.AddSingleton<GetDeviceInformationHandler>();
        builder.Services.AddSingleton<WriteCommonCertificateHandler>();
        builder.Services.AddSingleton<AnonymousPeers>();
        builder.Services.AddSingleton<CreateCertificateRequestHandler>();
        builder.Services.AddSingleton<WriteCertificateHandler>();
        builder.Services.AddSingleton<GetWriteResultHandler>();
        builder.Services.AddSingleton<AcknowledgeWriteResultHandler>();
        builder.Services.AddSingleton<InitializeParametersHandler>();
        builder.AddFtp();
        builder.AddNotifications();
        BoardContent? content = null;
        builder.ListenWithTls(() => content!.Terms(), listen); // asked at each handshake: the answer changes when a certificate has been written
        var app = builder.Build();
        content = app.Services.GetRequiredService<BoardContent>();
        app.Use(async (context, next) =>
        {
            if (HttpMethods.IsPost(context.Request.Method) && content.Faults.NeverAnswer.TryTake())
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else
                await next(context);
        });
        reset.EndWith(app.Lifetime.StopApplication);
        reset.IsWatched = app.Services.GetRequiredService<RunningFirmware>().IsTrial;
        MapOperations(app);
        app.MapHealth();
        return app;
    }

    private static void MapOperations(WebApplication app) => app.MapSoap("Board", soap =>
    {
        var services = app.Services;
        var whileBlank = services.GetRequiredService<AnonymousPeers>();
        soap.Operation<GetDeviceInformationRequest, GetDeviceInformationResponse>(
            whileBlank.Before<GetDeviceInformationRequest, GetDeviceInformationResponse>(services.GetRequiredService<GetDeviceInformationHandler>().HandleAsync), Role.Anonymous, Role.LineStation, Role.Gateway, Role.Operator);
        soap.Operation<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(
            whileBlank.Before<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(services.GetRequiredService<WriteCommonCertificateHandler>().HandleAsync), Role.Anonymous, Role.LineStation);
        soap.Operation<CreateCertificateRequestRequest, CreateCertificateRequestResponse>(
            services.GetRequiredService<CreateCertificateRequestHandler>().HandleAsync, Role.LineStation);
        soap.Operation<WriteCertificateRequest, WriteCertificateResponse>(
            services.GetRequiredService<WriteCertificateHandler>().HandleAsync, Role.LineStation);
        soap.Operation<GetWriteResultRequest, GetWriteResultResponse>(
            whileBlank.Before<GetWriteResultRequest, GetWriteResultResponse>(services.GetRequiredService<GetWriteResultHandler>().HandleAsync), Role.Anonymous, Role.LineStation);
        soap.Operation<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(
            whileBlank.Before<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(services.GetRequiredService<AcknowledgeWriteResultHandler>().HandleAsync), Role.Anonymous, Role.LineStation);
        soap.Operation<InitializeParametersRequest, InitializeParametersResponse>(
            services.GetRequiredService<InitializeParametersHandler>().HandleAsync, Role.LineStation);
        soap.MapUpdatePassword(services);
        soap.MapNotifications(services);
    });
}

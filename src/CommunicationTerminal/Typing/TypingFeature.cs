using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>Typing a machine number in place of scanning it (P-21).</summary>
internal static class TypingFeature
{
    /// <summary>Registers it.</summary>
    public static void AddTyping(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<StationPresence>().AddSingleton<TypedScans>().AddSingleton<TypedNumber>().AddSingleton<AwaitTypedScan>();

    /// <summary>Adds what stations call. It is no request of the line's order of arrival: it waits.</summary>
    public static void AddTypedScans(this SoapEndpoint soap, IServiceProvider services) =>
        soap.Operation<AwaitTypedScanRequest, AwaitTypedScanResponse>(services.GetRequiredService<AwaitTypedScan>().HandleAsync, Role.LineStation);
}

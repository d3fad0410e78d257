using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control;

/// <summary>A part of the system that has a service API for people: what it is called, and as whom it is asked.</summary>
/// <param name="Role">What its certificate must say.</param>
/// <param name="Name">What it is called in sentences.</param>
/// <param name="Identities">The identities in a factory's data directory that may ask it; the first is the default.</param>
/// <param name="AddressIn">Where it is in a factory on this machine.</param>
public sealed record ServedPart(Role Role, string Name, IReadOnlyList<string> Identities, Func<FactoryMap, Uri> AddressIn)
{
    /// <summary>The certificate authority.</summary>
    public static ServedPart CertificateAuthority { get; } = new(Role.CertificateAuthority, "CA", ["administrator", "approver", "auditor", "operator"], map => map.CertificateAuthority);

    /// <summary>The communication terminal of a factory.</summary>
    public static ServedPart Terminal { get; } = new(Role.CommunicationTerminal, "terminal", [FactoryMap.OperatorDirectory], map => map.Terminal);

    /// <summary>The gateway at a customer's site.</summary>
    public static ServedPart Gateway { get; } = new(
        Role.Gateway,
        "gateway",
        [FactoryMap.OperatorDirectory],
        map => map.Gateway ?? throw new ProvisioningException(ErrorCode.NotFound, "This factory's configuration has no gateway.json. Name a gateway: --context NAME (stationctl context add NAME --part gateway makes it)."));
}

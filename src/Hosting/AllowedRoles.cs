using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting;

/// <summary>Who may use an endpoint.</summary>
public sealed record AllowedRoles(IReadOnlyList<Role> Roles)
{
    /// <summary>Passes for <paramref name="peer"/> of one of the roles.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotAuthorized"/>.</exception>
    public void Require(PeerIdentity peer)
    {
        if (!Roles.Contains(peer.Role))
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"{peer} may not use this. Allowed: {string.Join(", ", Roles)}.");
    }
}

using System.Security.Claims;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>Who is signed in at the terminal.</summary>
internal sealed record ManagerIdentity(string Name, AccountRole Role, bool MustChangePassword)
{
    private const string MustChangeClaim = "must-change-password";

    /// <summary>As the audit trail names who did something.</summary>
    public string Actor => $"{Role} {Name}";

    /// <summary>The one whose session the request has.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the endpoint lets anonymous callers in and must not ask.</exception>
    public static ManagerIdentity Of(HttpContext context) => Find(context.User) ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>The one who is signed in, null where nobody is.</summary>
    public static ManagerIdentity? Find(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true, Name: { } name }
        ? new ManagerIdentity(name, Enum.Parse<AccountRole>(user.FindFirstValue(ClaimTypes.Role)!), user.HasClaim(MustChangeClaim, MustChangeClaim))
        : null;

    /// <summary>As claims, in which each role holds those below it.</summary>
    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        List<Claim> claims = [new(ClaimTypes.Name, Name), new(ClaimTypes.Role, Role.ToString())];
        if (MustChangePassword)
            claims.Add(new Claim(MustChangeClaim, MustChangeClaim));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }
}

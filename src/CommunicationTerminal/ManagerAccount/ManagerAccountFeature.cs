using ProvisioningStation.Hosting;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>Who may sign in at the terminal (P-2).</summary>
internal static class ManagerAccountFeature
{
    /// <summary>Registers accounts and sign-in.</summary>
    public static void AddManagerAccounts(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(Settings.Read<AccountOptions>(builder.Configuration, "Accounts"))
        .AddSingleton<SignInFailures>()
        .AddSingleton<SignIn>()
        .AddSingleton<PasswordChange>()
        .AddSingleton<AccountBook>();
}

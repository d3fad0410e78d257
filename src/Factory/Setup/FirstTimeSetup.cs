using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Factory.Setup;

/// <summary>
/// What has to be there before the programs can start: the CA's ceremony (root, issuing CAs, common certificate, a certificate for every part) and the plant manager's account.
/// Each step is the program's own <c>init</c>, does only what is missing, and may be repeated after any interruption.
/// </summary>
public static class FirstTimeSetup
{
    /// <summary>No letter or digit that is mistaken for another when it is read from a screen.</summary>
    private const string PasswordAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    private const int PasswordLength = 20;
    private const int PassphraseLength = 40;

    /// <summary>Runs the set-up.</summary>
    /// <returns>The manager's password where it was made just now, to be shown once; otherwise null.</returns>
    /// <exception cref="FactoryException">A step failed.</exception>
    public static async Task<string?> RunAsync(FactoryLayout layout, CancellationToken cancellationToken)
    {
        DataDirectory.Open(layout.Logs);
        MakePassword(layout.RootPassphrase, PassphraseLength); // a real root's passphrase is in nobody's file on the same machine; here everything is
        await RunProgramAsync(
            "ca-setup",
            FactoryPrograms.CertificateAuthority,
            [
                "init", "--config", layout.ConfigurationFile("certificate-authority"), "--data", layout.CertificateAuthority,
                "--root-passphrase-file", layout.RootPassphrase, "--operator", "the launcher of a factory on one machine: a demonstration, nobody was present",
            ]);
        var password = MakePassword(layout.ManagerPassword, PasswordLength);
        await RunProgramAsync(
            "terminal-setup",
            FactoryPrograms.CommunicationTerminal,
            ["init", "--config", layout.ConfigurationFile("communication-terminal"), "--data", layout.CommunicationTerminal, "--manager-password-file", layout.ManagerPassword, "--if-absent"]);
        return password;

        async Task RunProgramAsync(string name, string assembly, string[] arguments)
        {
            await using var program = ChildProgram.Start(name, assembly, arguments, layout.Logs);
            await program.WaitUntilDoneAsync(cancellationToken);
        }
    }

    private static string? MakePassword(string file, int length)
    {
        if (File.Exists(file))
            return null;
        var password = RandomNumberGenerator.GetString(PasswordAlphabet, length);
        DurableFile.Write(file, Encoding.ASCII.GetBytes(password + "\n"));
        return password;
    }
}

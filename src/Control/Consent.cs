using System.CommandLine;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control;

/// <summary>
/// For what can't be undone: <c>command.WithConsent()</c> adds <c>--yes</c> and <c>--dry-run</c>. A script says <c>--yes</c>; a person at a terminal is asked; without a terminal nobody is asked and nothing happens.
/// </summary>
public static class Consent
{
    private const string YesOption = "--yes";
    internal const string DryRunOption = "--dry-run";

    /// <summary>Adds the two options.</summary>
    public static Command WithConsent(this Command command)
    {
        command.Add(new Option<bool>(YesOption) { Description = "Do it without asking." });
        command.Add(new Option<bool>(DryRunOption) { Description = "Only say what would be done." });
        return command;
    }

    /// <summary>Whether only to say what would be done.</summary>
    public static bool IsDryRun(this ParseResult parsed) => parsed.GetValue<bool>(DryRunOption);

    /// <summary>Passes where there is consent to <paramref name="what"/>, such as "Revoke the certificate of 3012-000001".</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public static void Require(ParseResult parsed, string what)
    {
        if (parsed.GetValue<bool>(YesOption))
            return;
        if (Console.IsInputRedirected)
            throw new ConfigurationException($"{what}: this can't be undone. Say {YesOption} to do it, or {DryRunOption} to see what it would do.");
        Console.Error.Write($"{what}? This can't be undone. Type yes: ");
        if (Console.ReadLine()?.Trim() != "yes")
            throw new ConfigurationException("Nothing was done.");
    }
}

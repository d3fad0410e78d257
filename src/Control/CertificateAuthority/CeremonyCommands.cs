using System.CommandLine;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>
/// <c>stationctl ca init</c>, <c>renew-issuing</c>, <c>replace-common</c>: the work on the CA's keys. It is done on the CA's own machine by the program CertificateAuthority, never over the network.
/// </summary>
internal static class CeremonyCommands
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() => [Init(), RenewIssuing(), ReplaceCommon()];

    private static Command Init()
    {
        var root = RootOptions();
        return Ceremony(
            new Command("init", "Makes what is missing of the CA's keys: root, issuing CAs, common certificate, the parts' certificates. May be run again at any time, and after any interruption."),
            root,
            (parsed, _) => ["init", .. Named(parsed, root)])
            .WithExamples(
                "stationctl ca init --config certificate-authority.json --directory /srv/ca --offline-root /media/stick --root-passphrase-file passphrase --operator \"A. Keyholder\" --operator \"B. Witness\"",
                "systemd-ask-password \"Passphrase of the root:\" | stationctl ca init --config certificate-authority.json --directory /srv/ca --offline-root /media/stick --root-passphrase-file -");
    }

    private static Command RenewIssuing()
    {
        var which = new Argument<string>("issuing-ca") { Description = "devices, parts or common." };
        which.AcceptOnlyFromAmong("devices", "parts", "common");
        var (root, generation) = (RootOptions(), GenerationOption());
        var command = new Command("renew-issuing", "Makes the next generation of an issuing CA. The earlier ones go on with revocation; from the service's next start the new one signs.") { which, generation };
        return Ceremony(
            command.WithConsent(),
            root,
            (parsed, dryRun) =>
            {
                if (!dryRun)
                    Consent.Require(parsed, $"Make the next generation of the issuing CA for {parsed.GetValue(which)}");
                return ["renew-issuing", parsed.GetValue(which)!, .. Named(parsed, [.. root, generation])];
            })
            .WithExamples(
                "stationctl ca renew-issuing devices --config certificate-authority.json --directory /srv/ca --offline-root /media/stick --root-passphrase-file passphrase --yes",
                "stationctl ca renew-issuing devices --generation 2 --dry-run --config certificate-authority.json --directory /srv/ca");
    }

    private static Command ReplaceCommon()
    {
        var generation = GenerationOption();
        var command = new Command("replace-common", "Makes a new common certificate for boards to come. Boards keep the one that they have; from the service's next start terminals get the new one.") { generation };
        return Ceremony(
            command.WithConsent(),
            [],
            (parsed, dryRun) =>
            {
                if (!dryRun)
                    Consent.Require(parsed, "Make a new common certificate");
                return ["replace-common", .. Named(parsed, [generation])];
            })
            .WithExamples("stationctl ca replace-common --config certificate-authority.json --directory /srv/ca --operator \"A. Keyholder\" --yes");
    }

    private static Command Ceremony(Command command, IReadOnlyList<Option<string?>> more, Func<ParseResult, bool, IEnumerable<string>> arguments)
    {
        var configuration = new Option<string?>("--config") { Description = "The CA's configuration file.", HelpName = "FILE", Required = true };
        var directory = new Option<string?>("--directory") { Description = "The CA's own data directory; with --data the certificate-authority below it.", HelpName = "DIR" };
        var operators = new Option<string[]>("--operator") { Description = "Who is present, for the protocol; once for each person.", HelpName = "NAME" };
        var protocol = new Option<string?>("--protocol") { Description = "The file to which the protocol is appended; ceremony-protocol.txt in the data directory by default.", HelpName = "FILE" };
        var program = new Option<string?>("--program") { Description = "The program CertificateAuthority, where it is not found by itself.", HelpName = "FILE" };
        foreach (var option in new Option[] { configuration, directory, operators, protocol, program }.Concat(more))
            command.Add(option);
        return command.Acts(async (parsed, cancellationToken) =>
        {
            var isDryRun = command.Options.Any(option => option.Name == Consent.DryRunOption) && parsed.IsDryRun();
            string[] all =
            [
                .. arguments(parsed, isDryRun),
                "--config", parsed.GetValue(configuration)!,
                "--data", DirectoryOf(parsed, directory),
                .. (parsed.GetValue(operators) ?? []).SelectMany(name => new[] { "--operator", name }),
                .. Named(parsed, [protocol]),
            ];
            if (isDryRun)
            {
                Console.WriteLine($"Would run: CertificateAuthority {string.Join(' ', all.Select(argument => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument))}");
                return ExitCode.Ok;
            }

            var isJson = parsed.GetValue<bool>(CommandRun.JsonOption);
            var steps = new List<CeremonyStep>();
            var isDone = await AuthorityProgram.RunAsync(
                parsed.GetValue(program),
                all,
                line =>
                {
                    if (!isJson)
                        Console.WriteLine(line);
                    else if (AuthorityProgram.ReadStep(line) is { } step)
                        steps.Add(step);
                },
                cancellationToken);
            if (isJson)
                ControlContext.PrintJson(steps);
            return isDone ? ExitCode.Ok : ExitCode.Local;
        });
    }

    internal static string DirectoryOf(ParseResult parsed, Option<string?> directory) =>
        parsed.GetValue(directory)
        ?? (parsed.GetValue<string?>(PartSession.DataOption) is { } factory ? Path.Combine(factory, "certificate-authority") : null)
        ?? throw new ConfigurationException("Say where the CA keeps its data: --directory DIR.");

    private static IEnumerable<string> Named(ParseResult parsed, IEnumerable<Option<string?>> options) =>
        options.Where(option => parsed.GetValue(option) is not null).SelectMany(option => new[] { option.Name, parsed.GetValue(option)! });

    private static Option<string?> GenerationOption() =>
        new("--generation") { Description = "The generation to make; one that is there is kept, so that a script may repeat the command. The next one by default.", HelpName = "N" };

    private static IReadOnlyList<Option<string?>> RootOptions() =>
    [
        new("--offline-root") { Description = "Where the root's key is, or is to be: a removable place, never the CA's disk. Ceremony:OfflineRootDirectory by default.", HelpName = "DIR" },
        new("--root-passphrase-file") { Description = "The file with the passphrase of the root's key, readable by its owner only; - reads standard input.", HelpName = "FILE" },
    ];
}

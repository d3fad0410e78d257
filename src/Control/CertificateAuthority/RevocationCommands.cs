using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca revoke</c>, <c>crl</c>, <c>issuers</c>.</summary>
internal static class RevocationCommands
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() => [Revoke(), Crl(), Issuers()];

    private static Command Revoke()
    {
        var numbers = new Argument<string[]>("machine-number") { Description = "Machine numbers whose valid certificates are revoked.", Arity = ArgumentArity.ZeroOrMore };
        var serials = new Option<string[]>("--serial") { Description = "A certificate by its serial number, hexadecimal; once for each.", HelpName = "SERIAL" };
        var requests = new Option<string[]>("--request") { Description = "All certificates of a request (a batch); once for each.", HelpName = "ID" };
        var reason = new Option<string>("--reason") { Description = "Why, by its name in RFC 5280.", DefaultValueFactory = _ => RevocationReasons.NameOf(RevocationReason.Unspecified) };
        reason.AcceptOnlyFromAmong([.. RevocationReasons.Names]);
        var note = new Option<string?>("--note") { Description = "For the audit trail." };
        return new Command("revoke", "Takes certificates out of use: they stand on the CRL within seconds, and OCSP says so at once. Nothing brings them back.") { numbers, serials, requests, reason, note }
            .WithConsent()
            .TalksToCa((ca, parsed, cancellationToken) =>
            {
                List<RevocationRequest> targets =
                [
                    .. parsed.GetValue(numbers)!.Select(number => new RevocationRequest { MachineNumber = number }),
                    .. (parsed.GetValue(serials) ?? []).Select(serial => new RevocationRequest { SerialNumber = serial }),
                    .. (parsed.GetValue(requests) ?? []).Select(request => new RevocationRequest { RequestId = request }),
                ];
                if (targets.Count == 0)
                    throw new ConfigurationException("Say what to revoke: machine numbers, --serial SERIAL or --request ID.");
                if (!parsed.IsDryRun())
                    Consent.Require(parsed, $"Revoke {string.Join(", ", targets.Take(5).Select(Name))}{(targets.Count > 5 ? $" and {targets.Count - 5} more" : string.Empty)}");
                return RevokeAsync(
                    ca,
                    targets.ConvertAll(target => target with { Reason = parsed.GetValue(reason), Note = parsed.GetValue(note), DryRun = parsed.IsDryRun() }),
                    parsed.InvocationConfiguration.Error,
                    cancellationToken);
            })
            .WithExamples(
                "stationctl ca revoke 3012-000001 --reason keyCompromise --note \"board stolen\" --yes",
                "stationctl ca revoke --request 0192d7c4-5a0e-7bb1-9d0c-2f6f1f1c8a11 --reason cessationOfOperation --dry-run",
                "stationctl ca revoke --serial 4cf55b8496a925fdd99eacd7922ec8748ddb3bf6 --reason superseded --yes --json");
    }

    /// <summary>One target after the other: one that fails does not stop the rest.</summary>
    private static async Task<ExitCode> RevokeAsync(PartSession ca, List<RevocationRequest> targets, TextWriter error, CancellationToken cancellationToken)
    {
        var (answers, failures) = (new List<RevocationAnswer>(), new List<ProvisioningException>());
        foreach (var target in targets)
        {
            try
            {
                answers.Add(await ca.Client.PostAsync<RevocationAnswer>("api/revocations", target, cancellationToken));
            }
            catch (ProvisioningException failure)
            {
                failures.Add(failure);
                await error.WriteLineAsync($"stationctl: {(failure.Message.StartsWith(Name(target), StringComparison.Ordinal) ? string.Empty : Name(target) + ": ")}{failure.Message.ReplaceLineEndings(" ")} ({failure.Code})");
            }
        }

        if (answers.Count == 0)
            return CommandRun.CodeOf(failures[0]);
        ca.Print(Sum(answers), Say);
        return failures.Count == 0 ? ExitCode.Ok : ExitCode.Partly;
    }

    private static Command Crl()
    {
        var show = new Command("show", "The latest CRL of each generation of the issuing CA.")
            .TalksToCa(async (ca, _, cancellationToken) =>
            {
                ca.Print((await ca.Client.GetAsync<Page<CrlSummary>>("api/crl", cancellationToken)).Items, Say);
                return ExitCode.Ok;
            })
            .WithExamples("stationctl ca crl show --json");
        var publish = new Command("publish", "Makes and publishes the next CRL of each generation now.")
            .TalksToCa(async (ca, _, cancellationToken) =>
            {
                ca.Print((await ca.Client.PostAsync<Page<CrlSummary>>("api/crl", null, cancellationToken)).Items, Say);
                return ExitCode.Ok;
            })
            .WithExamples("stationctl ca crl publish");
        return new Command("crl", "Certificate revocation lists.") { show, publish };
    }

    private static Command Issuers() => new Command("issuers", "The generations of the issuing CA for devices.")
        .TalksToCa(async (ca, _, cancellationToken) =>
        {
            ca.Print((await ca.Client.GetAsync<Page<IssuerSummary>>("api/issuers", cancellationToken)).Items, issuers =>
            {
                var table = new OutputTable(">Generation", "Active", "First day", "Last day", "OCSP responder to", "SHA-256", "Certificate");
                foreach (var issuer in issuers)
                    table.Add(issuer.Issuer, issuer.Active ? "yes" : "no", DayOf(issuer.NotBefore), DayOf(issuer.NotAfter), issuer.OcspResponderUntil, issuer.Fingerprint, issuer.Path);
                table.Print("There is no issuing CA.");
            });
            return ExitCode.Ok;
        })
        .WithExamples("stationctl ca issuers");

    private static DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(moment.UtcDateTime);

    private static RevocationAnswer Sum(List<RevocationAnswer> answers) => answers is [var only]
        ? only
        : new RevocationAnswer(
            answers[0].DryRun,
            answers.Sum(answer => answer.Revoked),
            answers.Sum(answer => answer.Changed),
            answers.Sum(answer => answer.AlreadyRevoked),
            [.. answers.SelectMany(answer => answer.Items)]);

    private static void Say(RevocationAnswer answer)
    {
        var table = new OutputTable("Machine number", "Serial number", "Outcome", "Reason", "Revoked at");
        foreach (var item in answer.Items)
        {
            var isNotYet = answer.DryRun && item.Outcome != RevocationOutcome.AlreadyRevoked;
            table.Add(item.MachineNumber, item.SerialNumber, isNotYet ? $"would be {item.Outcome}" : item.Outcome, item.Reason, isNotYet ? null : item.RevokedAt);
        }

        table.Print("Nothing.");
        Console.WriteLine($"{(answer.DryRun ? "Would be revoked" : "Revoked")}: {answer.Revoked}. Reason changed: {answer.Changed}. Revoked before: {answer.AlreadyRevoked}.");
    }

    private static void Say(IReadOnlyList<CrlSummary> crls)
    {
        var table = new OutputTable(">Generation", ">Number", "Made", "Valid to", ">Entries", "Path");
        foreach (var crl in crls)
            table.Add(crl.Issuer, crl.Number, crl.ThisUpdate, crl.NextUpdate, crl.Entries, crl.Path);
        table.Print("There is no CRL yet.");
    }

    private static string Name(RevocationRequest target) => target.MachineNumber ?? target.SerialNumber ?? "request " + target.RequestId;
}

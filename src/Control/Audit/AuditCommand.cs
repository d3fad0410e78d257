using System.CommandLine;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Control.CertificateAuthority;
using ProvisioningStation.Control.Terminal;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Control.Audit;

/// <summary><c>stationctl audit</c> and <c>stationctl terminal audit</c>: the audit trail of the CA or of a terminal, for auditors.</summary>
internal static class AuditCommand
{
    private const string Route = "api/audit";
    private const string Lines = "application/x-ndjson";

    /// <summary>The command with its subcommands, for the trail of <paramref name="part"/>; the CA's brings its options with it, the terminal's has those of the command above.</summary>
    public static Command Create(ServedPart part)
    {
        var audit = new Command("audit", $"The {part.Name}'s audit trail: search it, verify it, export it, list and make its signed checkpoints.");
        if (part == ServedPart.CertificateAuthority)
        {
            foreach (var option in PartSession.OptionsOf(part))
                audit.Add(option);
        }

        audit.Add(List(part));
        audit.Add(Verify(part));
        audit.Add(Export(part));
        audit.Add(Checkpoints(part));
        return audit;
    }

    /// <summary>An example as it is typed for a part.</summary>
    private static string Example(ServedPart part, string line) => part == ServedPart.CertificateAuthority
        ? "stationctl audit " + line
        : "stationctl terminal audit " + line.Replace(" --as auditor", string.Empty, StringComparison.Ordinal);

    private static Command Talks(this Command command, ServedPart part, Func<PartSession, ParseResult, CancellationToken, Task<ExitCode>> act) => command.Acts(async (parsed, cancellationToken) =>
    {
        using var session = PartSession.Open(part, parsed);
        return await act(session, parsed, cancellationToken);
    });

    private static Command List(ServedPart part)
    {
        var subject = new Option<string?>("--subject") { Description = "Only of this machine number, serial number, request, or quota such as 'quota 12'." };
        var actor = new Option<string?>("--actor") { Description = "Only of this role and name, or of this role." };
        var action = new Option<string?>("--action") { Description = "Only this action, such as Revoked." };
        var from = new Option<string?>("--from") { Description = "Only at this day (UTC) or moment or later.", HelpName = "MOMENT" };
        var to = new Option<string?>("--to") { Description = "Only at this day or moment or earlier.", HelpName = "MOMENT" };
        var limit = new Option<int>("--limit") { Description = "How many at the most.", DefaultValueFactory = _ => 50 };
        return new Command("list", "Lists entries, the latest first.") { subject, actor, action, from, to, limit }
            .WithExamples(Example(part, "list --as auditor --action Revoked --from 2026-11-01"), Example(part, "list --subject 3012-000001 --json"), Example(part, "list --actor \"Administrator administrator\" --limit 10"))
            .Talks(part, async (ca, parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(limit) is >= 1 and var number ? number : throw new ConfigurationException("--limit has to be 1 or more.");
                var path = ApiPath.Of(Route)
                    .With("subject", parsed.GetValue(subject))
                    .With("actor", parsed.GetValue(actor))
                    .With("action", parsed.GetValue(action))
                    .With("from", MomentText.Begin(from.Name, parsed.GetValue(from)))
                    .With("to", MomentText.End(to.Name, parsed.GetValue(to)))
                    .With("limit", Math.Min(wanted, 1000));
                var found = await ca.Client.GetPagesAsync<AuditEvent>(path, cancellationToken).Take(wanted).ToListAsync(cancellationToken);
                ca.Print(found, HistoryTable.Print);
                if (found.Count == wanted && !ca.Json)
                    Console.WriteLine($"The latest {wanted}; more with --limit, all of them with export.");
                return ExitCode.Ok;
            });
    }

    private static Command Verify(ServedPart part)
    {
        var file = new Option<string?>("--file") { Description = "An exported trail, instead of the one of the running program.", HelpName = "FILE" };
        var root = new Option<string?>("--root") { Description = "With --file: the root's certificate (PEM), where no identity is here.", HelpName = "FILE" };
        var state = new Option<string?>("--state") { Description = "Where the end that was last verified is remembered; audit-verified.json beside the contexts by default.", HelpName = "FILE" };
        var restart = new Option<bool>("--restart") { Description = "Forget what was verified earlier, as after a restore." };
        return new Command(
            "verify",
            "Checks every entry and every checkpoint, and that nothing of what was verified here earlier is gone. Names the first entry that was changed, removed, reordered or cut off; exit code 5 then.")
        {
            file, root, state, restart,
        }.WithExamples(Example(part, "verify --as auditor --data .factory"), Example(part, "verify --file audit.ndjson --root root.pem --json")).Acts(async (parsed, cancellationToken) =>
        {
            using var session = parsed.GetValue(root) is null ? PartSession.Open(part, parsed) : null;
            using var trusted = parsed.GetValue(root) is { } named ? X509CertificateLoader.LoadCertificateFromFile(named) : X509CertificateLoader.LoadCertificate(session!.Root.RawData);
            var memory = new VerifiedEnds(parsed.GetValue(state), trusted, part, session?.Client.Address);
            var isKnown = part == ServedPart.CertificateAuthority || session is not null; // which terminal an exported trail is of, nobody says
            var earlier = parsed.GetValue(restart) || !isKnown ? null : memory.Find();
            AuditVerdict verdict;
            if (parsed.GetValue(file) is { } exported)
            {
                await using var stream = File.OpenRead(exported);
                verdict = await AuditVerification.RunAsync(stream, trusted, part.Role, earlier, cancellationToken);
            }
            else if (session is null)
            {
                throw new ConfigurationException("--root goes with --file; the running program is asked with an identity that has its root.");
            }
            else
            {
                verdict = await VerifyLiveAsync(session, part, trusted, earlier, cancellationToken);
            }

            if (verdict.Ok && isKnown)
                memory.Remember(verdict);
            var records = part == ServedPart.Terminal && session is not null && parsed.GetValue(file) is null ? await ReportCommands.CheckAsync(session, cancellationToken) : null;
            verdict = verdict with { Records = records, Ok = verdict.Ok && records is not { Findings.Count: > 0 } };
            if (parsed.GetValue<bool>(CommandRun.JsonOption))
                ControlContext.PrintJson(verdict);
            else
                Print(verdict);
            return verdict.Ok ? ExitCode.Ok : ExitCode.Conflict;
        });
    }

    private static Command Export(ServedPart part)
    {
        var file = new Option<string?>("--file", "--output") { Description = "Where to; standard output by default. An existing file is not overwritten.", HelpName = "FILE" };
        var from = new Option<long>("--from") { Description = "The first entry.", DefaultValueFactory = _ => 1 };
        return new Command("export", "Writes the whole trail with its checkpoints as NDJSON: one entry or checkpoint a line, closed by a checkpoint of the last entry.") { file, from }
            .WithExamples(Example(part, "export --as auditor > audit.ndjson"), Example(part, "export --file audit.ndjson --from 1000"))
            .Talks(part, async (ca, parsed, cancellationToken) =>
            {
                await using var target = parsed.GetValue(file) is { } path ? new FileStream(path, FileMode.CreateNew) : Console.OpenStandardOutput();
                await ca.Client.DownloadAsync(ApiPath.Of(Route, "export").With("from", parsed.GetValue(from)).ToString(), Lines, target, cancellationToken);
                return ExitCode.Ok;
            });
    }

    private static Command Checkpoints(ServedPart part)
    {
        var make = new Option<bool>("--make") { Description = "Make one now, and show only it." };
        return new Command("checkpoints", "Lists the signed checkpoints of the trail, the latest first.") { make }
            .WithExamples(Example(part, "checkpoints --as auditor"), Example(part, "checkpoints --make --json"))
            .Talks(part, async (ca, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of(Route, "checkpoints");
                List<AuditCheckpoint> found = parsed.GetValue(make)
                    ? [await ca.Client.PostAsync<AuditCheckpoint>(path.ToString(), null, cancellationToken)]
                    : await ca.Client.GetPagesAsync<AuditCheckpoint>(path, cancellationToken).ToListAsync(cancellationToken);
                ca.Print(found, checkpoints =>
                {
                    var table = new OutputTable(">Entry", "Made at", "Hash");
                    foreach (var checkpoint in checkpoints)
                        table.Add(checkpoint.Sequence, MomentText.Shown(checkpoint.At), checkpoint.Hash);
                    table.Print("No checkpoints yet.");
                });
                return ExitCode.Ok;
            });
    }

    private static async Task<AuditVerdict> VerifyLiveAsync(PartSession session, ServedPart part, X509Certificate2 root, AuditAnchor? earlier, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        var verifying = AuditVerification.RunAsync(pipe.Reader.AsStream(), root, part.Role, earlier, cancellationToken);
        try
        {
            await session.Client.DownloadAsync(ApiPath.Of(Route, "export").ToString(), Lines, pipe.Writer.AsStream(leaveOpen: true), cancellationToken);
        }
        catch (Exception cause)
        {
            await pipe.Writer.CompleteAsync(cause);
            await ((Task)verifying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await pipe.Writer.CompleteAsync();
        return await verifying;
    }

    private static void Print(AuditVerdict verdict)
    {
        Console.WriteLine($"{verdict.Entries} entries, the last is {verdict.Last}; {verdict.Checkpoints} checkpoints{(verdict.Since is { } since ? $", compared with entry {since} that was verified earlier" : string.Empty)}");
        foreach (var finding in verdict.Findings)
            Console.WriteLine($"entry {finding.Sequence}: {finding.Fault}: {finding.Sentence}");
        Console.WriteLine(verdict.Findings.Count == 0 ? "The trail is whole." : $"The trail is NOT whole. The first bad entry is {verdict.Findings[0].Sequence}.");
        if (verdict.Records is not null)
            ReportCommands.Print(verdict.Records);
    }
}

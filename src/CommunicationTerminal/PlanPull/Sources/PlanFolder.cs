using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>
/// Takes the plans that the factory's system puts into a folder: each once it is complete. What became of it is stored first and then the file is moved to <c>taken</c> or
/// <c>refused</c>, beside a text that says what became of it; killed between the two, the terminal finds the file again and nothing in it is new.
/// </summary>
internal sealed class PlanFolder(PlanFolderOptions options, PlanPullOptions pull, DataDirectory data, PlanIntake intake, TimeProvider time) : IDisposable
{
    private const string Taken = "taken";
    private const string Refused = "refused";
    private const int MaxFilesAtOnce = 100;
    private const int MaxNameLength = 120;
    private const UnixFileMode ReadableForGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly Dictionary<string, (long Size, DateTime Written, long Since)> _seen = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _sweeping = new(1, 1);

    /// <summary>The folder.</summary>
    public string Place { get; } = data.Resolve(options.Path);

    /// <inheritdoc/>
    public void Dispose() => _sweeping.Dispose();

    /// <summary>Takes what is complete, oldest first. One file that can't be taken does not keep the others from it.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PlanUnavailable"/> where the folder itself can't be used, or a file in it; after all others.</exception>
    public async Task<IReadOnlyList<PulledPlan>> TakeAsync(string actor, CancellationToken cancellationToken)
    {
        await _sweeping.WaitAsync(cancellationToken);
        try
        {
            var (results, problems) = (new List<PulledPlan>(), new List<Exception>());
            foreach (var file in FindComplete())
            {
                try
                {
                    results.Add(await TakeAsync(file, actor, cancellationToken));
                }
                catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
                {
                    problems.Add(cause);
                }
            }

            return problems.Count == 0
                ? results
                : throw new ProvisioningException(ErrorCode.PlanUnavailable, $"{problems.Count} files in the plan folder could not be taken, the others were: {problems[0].Message}", problems[0]);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"The plan folder {Place} can't be used: {cause.Message}", cause);
        }
        finally
        {
            _sweeping.Release();
        }
    }

    /// <summary>How many files wait in the folder, complete or not.</summary>
    public int Count() => Directory.Exists(Place) ? FindFiles().Count() : 0;

    private async Task<PulledPlan> TakeAsync(FileSystemInfo file, string actor, CancellationToken cancellationToken)
    {
        var month = PlanFile.FindMonth(file.Name) ?? intake.CurrentMonth;
        var place = PlanFile.NameOf(file.Name);
        PlanReading reading;
        try
        {
            var type = PlanFile.FindType(file.Name) ?? throw PlanReader.Invalid("Its name does not end with .csv or .json.");
            reading = PlanReader.Read(PlanFile.Read(file.FullName), type, PlanFile.FindMonth(file.Name), pull.Encoding).RequireAnyGood();
        }
        catch (ProvisioningException refusal) when (refusal.Code == ErrorCode.InvalidPlan)
        {
            var failed = await intake.FailAsync(month, PlanSource.Folder, place, actor, refusal.Message, cancellationToken);
            Move(file, Refused, refusal.Message);
            return failed;
        }

        var result = await intake.TakeAsync(new IncomingPlan(PlanSource.Folder, place, reading), actor, cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforePlanFileMoved);
        Move(file, Taken, Say(result));
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterPlanFileMoved);
        return result.Pull;
    }

    private List<FileSystemInfo> FindComplete()
    {
        DataDirectory.Open(Place);
        var complete = new List<FileSystemInfo>();
        var here = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in FindFiles())
        {
            here.Add(file.Name);
            var (size, written) = file.LinkTarget is null ? (((FileInfo)file).Length, file.LastWriteTimeUtc) : (0, default);
            if (!_seen.TryGetValue(file.Name, out var before) || (before.Size, before.Written) != (size, written))
                _seen[file.Name] = before = (size, written, time.GetTimestamp());
            if (time.GetElapsedTime(before.Since) >= options.SettleTime)
                complete.Add(file);
        }

        foreach (var gone in _seen.Keys.Where(name => !here.Contains(name)).ToList())
            _seen.Remove(gone);
        return complete.OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>Files and links; not those that are being written under a name of their own.</summary>
    private IEnumerable<FileSystemInfo> FindFiles() => new DirectoryInfo(Place).EnumerateFileSystemInfos()
        .Where(file => file is FileInfo && !file.Name.StartsWith('.') && !file.Name.EndsWith('~') && Path.GetExtension(file.Name) is not (".tmp" or ".part" or ".filepart"))
        .Take(MaxFilesAtOnce);

    /// <summary>Moves the file itself, never what a link points to, under a name that no earlier file has.</summary>
    private void Move(FileSystemInfo file, string where, string what)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Place, where));
        if (directory.LinkTarget is not null)
            throw new IOException($"{directory.FullName} is a link.");
        var name = $"{time.GetUtcNow():yyyyMMdd'T'HHmmssfff}-{Shortened(file.Name)}";
        for (var i = 2; Path.Exists(Path.Combine(directory.FullName, name)); i++)
            name = $"{time.GetUtcNow():yyyyMMdd'T'HHmmssfff}-{i}-{Shortened(file.Name)}";
        var target = Path.Combine(directory.FullName, name);
        DurableFile.Write(target + ".txt", Encoding.UTF8.GetBytes(what + Environment.NewLine), ReadableForGroup);
        File.Move(file.FullName, target);
        DurableFile.SyncDirectory(directory.FullName);
        _seen.Remove(file.Name);
    }

    private static string Say(PullResult result)
    {
        var text = new StringBuilder($"Plan of {result.Pull.Month}, pull {result.Pull.Id}: {result.Pull.Outcome}, {result.Pull.GoodRows} rows, {result.Pull.BadRows} bad.");
        if (result.Pull.Outcome == PlanOutcome.Waiting)
            text.Append(" The plant manager has to confirm or discard it at the terminal.");
        foreach (var bad in result.BadRows)
            text.AppendLine().Append(bad.Sentence);
        if (result.Pull.BadRows > result.BadRows.Count)
            text.AppendLine().Append(System.Globalization.CultureInfo.InvariantCulture, $"… and {result.Pull.BadRows - result.BadRows.Count} more.");
        return text.ToString();
    }

    /// <summary>A name of any length and kind as a name that leaves room for a time before and an ending behind it, however many bytes its letters have.</summary>
    private static string Shortened(string name) => Encoding.UTF8.GetByteCount(name) <= MaxNameLength ? name : name[^Math.Min(name.Length, MaxNameLength / 4)..];
}

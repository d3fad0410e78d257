using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>An updating side with its own database and images in memory. It can be ended and started again on what it stored.</summary>
internal sealed class UpdateFloor : IDisposable
{
    public static readonly UpdateLimits Quick = new()
    {
        ShareWithin = TimeSpan.FromSeconds(60),
        ReadVersionWithin = TimeSpan.FromSeconds(60),
        SendWithin = TimeSpan.FromSeconds(60),
        RestartWithin = TimeSpan.FromSeconds(60),
        VerifyWithin = TimeSpan.FromSeconds(60),
        FirstPause = TimeSpan.FromMilliseconds(10),
        LongestPause = TimeSpan.FromMilliseconds(50),
        LongestPauseAtTheEnd = TimeSpan.FromMilliseconds(50),
        LookEvery = TimeSpan.FromMilliseconds(20),
        BoardPasswordWithin = TimeSpan.FromSeconds(30),
        CallTimeout = TimeSpan.FromSeconds(60), // a slow machine makes no second call of one
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly TlsIdentity _identity = TestPki.Shared.Part(Role.Gateway, "G1");
    private readonly KeyProtection _protection;
    private readonly TimeProvider _time;
    private readonly UpdateLimits _limits;
    private readonly int _parallel;
    private Database _database = null!;

    public UpdateFloor(UpdateLimits? limits = null, TimeProvider? time = null, int parallel = 64)
    {
        (_limits, _time, _parallel) = (limits ?? Quick, time ?? TimeProvider.System, parallel);
        _protection = KeyProtection.LoadOrCreate(_directory["wrap.key"]);
        Open();
    }

    public UpdateStore Store { get; private set; } = null!;

    public UpdateRunner Runner { get; private set; } = null!;

    public ConcurrentDictionary<string, UpdateDevice> Devices { get; } = new(StringComparer.Ordinal);

    /// <summary>What reading any image comes to; null where it can be read.</summary>
    public Exception? Unreadable { get; set; }

    public ConcurrentDictionary<string, byte[]> Images { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<UpdateProgress> Shown { get; } = new();

    public ConcurrentQueue<UpdateRecord> Reports { get; } = new();

    public Func<UpdateRecord, Task> Report { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The files of the database as they lie on the disk.</summary>
    public IEnumerable<byte[]> Files => Directory.GetFiles(_directory.Path, UpdateStore.FileName + "*").Where(file => !file.EndsWith("lock", StringComparison.Ordinal)).Select(ReadShared);

    /// <summary>Ends this side and starts it on what is stored.</summary>
    public void Restart()
    {
        Runner.Dispose();
        _database.Dispose();
        Open();
    }

    public UpdateImage AddImage(string version = "2.0.0", string? application = null, int size = 300_000)
    {
        var bytes = TestImages.Shared.Make(TestImages.Payload(size), manifest => manifest with
        {
            Version = version,
            Kind = application is null ? ImageKind.Firmware : ImageKind.Application,
            Name = application ?? string.Empty,
        });
        using var stream = new MemoryStream(bytes);
        var manifest = ImageHeader.Read(bytes.AsSpan(0, ImageHeader.LengthOf(bytes))).Manifest;
        Images[version] = bytes;
        return new UpdateImage(version, manifest);
    }

    /// <summary>Makes the update of <paramref name="board"/> known, and stores it.</summary>
    public async Task<UpdateRecord> AskAsync(ScriptedBoard board, UpdateImage? image = null, UpdatePolicy? policy = null, bool byBoard = false)
    {
        Know(board, policy);
        return await Runner.StartAsync(new UpdateRequest(board.Number.ToString(), image ?? AddImage(), "a test") { StartedByBoard = byBoard }, CancellationToken.None);
    }

    public void Know(ScriptedBoard board, UpdatePolicy? policy = null)
    {
        Devices[board.Number.ToString()] = board.ToDevice(policy);
        board.SendPassword = (id, password) => Runner.TakePasswordAsync(board.Number.ToString(), id, password, CancellationToken.None);
    }

    public void Dispose()
    {
        Runner.Dispose();
        _database.Dispose();
        _protection.Dispose();
        _identity.Dispose();
        _directory.Dispose();
    }

    private void Open()
    {
        _database = UpdateStore.Open(new DataDirectory(_directory.Path));
        Store = new UpdateStore(_database, _protection, _time);
        var side = new UpdatingSide("G1", key => Devices.GetValueOrDefault(key), id => Unreadable is { } cause ? throw cause : Images.TryGetValue(id, out var bytes) ? new MemoryStream(bytes) : null)
        {
            Limits = _limits,
            Parallel = _parallel,
            Progressed = Shown.Enqueue,
            FtpTimeouts = new FtpTimeouts { Connect = TimeSpan.FromSeconds(20), Reply = TimeSpan.FromSeconds(20), IdleData = TimeSpan.FromSeconds(20), Completion = TimeSpan.FromSeconds(20) },
            ReportAsync = async (record, _) =>
            {
                await Report(record);
                Reports.Enqueue(record);
            },
        };
        Runner = new UpdateRunner(Store, side, _identity, _time, NullLogger.Instance);
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}

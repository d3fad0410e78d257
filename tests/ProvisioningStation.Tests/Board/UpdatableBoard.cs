using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>A board's memories with its boot loader and its inbox for firmware, without its network. What <see cref="StartAsync"/> starts ends with the next start, as with a reset.</summary>
internal sealed class UpdatableBoard : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private BoardContent? _content;
    private Installation? _installation;

    public UpdatableBoard(bool trustsNobody = false)
    {
        Options = new BoardOptions { Models = ["3012"], FirmwareKeys = trustsNobody ? null : TestImages.Shared.WriteKeys(_directory["keys.pem"]) };
    }

    public BoardOptions Options { get; set; }

    public FirmwareInstallOptions Install { get; set; } = new();

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Bytes of its flash for both slots; null for what the disk has.</summary>
    public long? FlashSize { get; set; }

    /// <summary>Where the power goes, once.</summary>
    public string? CutAt { get; set; }

    /// <summary>Where it went.</summary>
    public string? Cut { get; private set; }

    public BoardReset Reset { get; private set; } = new();

    /// <summary>What it says of its memories since its last start.</summary>
    public HealthState Health { get; private set; } = new(TimeProvider.System);

    public RunningFirmware Running { get; private set; } = null!;

    public BootMemory Memory { get; private set; } = null!;

    public FirmwareInbox Inbox { get; private set; } = null!;

    public MemoryMap Map => new(new DataDirectory(_directory["board"]));

    public string this[string name] => Path.Combine(_directory["board"], name);

    /// <summary>Powers it on: the boot loader chooses.</summary>
    public async Task<UpdatableBoard> StartAsync()
    {
        await StopAsync();
        Reset = new BoardReset();
        DataDirectory.Open(_directory["board"]);
        Health = new HealthState(Time);
        var report = new MemoryReport(Health, NullLogger<MemoryReport>.Instance);
        _content = new BoardContent(Map, Options, Time, Reached, Reached, report);
        var keys = TrustedKeys.Read(Map);
        (Running, Memory) = new BootLoader(Map, keys, _content.Faults, report, Install.TrialBoots, Reached).Start();
        _installation = new Installation(keys, _content, new PrintJobs(Map, Time), Install, Reset, NullLogger<Installation>.Instance, Reached);
        Inbox = new FirmwareInbox(Map, keys, _content, Options, Install, Running, Memory, _installation, NullLogger<FirmwareInbox>.Instance, Reached, FlashSize is null ? null : MeasureFree);
        return this;
    }

    public void Order(string fault, string text)
    {
        Directory.CreateDirectory(this["simulate"]);
        File.WriteAllText(this[$"simulate/{fault}"], text + "\n");
    }

    /// <summary>Sends a whole image.</summary>
    public Task<bool> SendAsync(byte[] image, long offset = 0, ImagePlace? place = null) =>
        Inbox.ReceiveAsync(place ?? ImagePlace.Firmware, offset, new MemoryStream(image, (int)offset, image.Length - (int)offset), CancellationToken.None);

    /// <summary>Installs what was sent, up to the reset or the failure.</summary>
    public async Task InstallAsync(ImagePlace? place = null)
    {
        Inbox.BeginInstall(place ?? ImagePlace.Firmware);
        while (!Reset.IsRequested && Inbox.Status.State is InstallState.Waiting or InstallState.Installing && Cut is null)
            await Task.Delay(1);
    }

    /// <summary>What a start does behind its listeners: a firmware on trial decides about itself. Returns when it has.</summary>
    public async Task<UpdatableBoard> ProveAsync()
    {
        using var trial = new TrialBoot(Running, Memory, _content!, Install, Reset, Time, new Started(), NullLogger<TrialBoot>.Instance, Reached);
        await trial.StartAsync(CancellationToken.None);
        while (!Running.Committed.IsCompleted && !Reset.IsRequested)
            await Task.Delay(1);
        return this;
    }

    /// <summary>A whole update: upload, install, start, commit or fall back.</summary>
    public async Task UpdateAsync(byte[] image)
    {
        Assert.True(await SendAsync(image, Inbox.FindPartLength(ImagePlace.Firmware)));
        await InstallAsync();
        if (Cut is not null)
            throw new PowerCutException();
        Assert.True(Reset.IsRequested, Inbox.Status.ToString());
        await StartAsync();
        await ProveAsync();
        if (Reset.IsRequested)
            await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private async Task StopAsync()
    {
        if (_installation is not null)
        {
            try
            {
                await _installation.DisposeAsync();
            }
            catch (PowerCutException)
            {
                // The end of that board's program.
            }

            _installation = null;
        }

        _content?.Dispose();
        Cut = null;
    }

    private long MeasureFree() => FlashSize!.Value - Map.Measure(MemoryMap.Areas.OsImage) - Map.Measure(MemoryMap.Areas.OsImage2);

    private void Reached(string place)
    {
        if (CutAt != place && !place.Contains(".byte-", StringComparison.Ordinal))
            return;
        CutAt = null;
        Cut = place;
        throw new PowerCutException();
    }

    internal sealed class PowerCutException : Exception;

    /// <summary>A host whose last listener listens.</summary>
    private sealed class Started : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}

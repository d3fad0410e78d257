using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Scanning.Feedback;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>What the worker hears: the scanner's own commands, and tones of the operating system.</summary>
public sealed class FeedbackTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ScannerMake.Honeywell, "Pass", "\u001b6,")]
    [InlineData(ScannerMake.Honeywell, "Fail", "\u001b4,\u001b4,\u001b4,")]
    [InlineData(ScannerMake.Honeywell, "Blocked", "\u001b5,\u001b5,")]
    [InlineData(ScannerMake.Honeywell, "Scanned", "\u001b1,")]
    [InlineData(ScannerMake.Datalogic, "Fail", "\u0012\u001b[1q\u001b[1q\u001b[1q\r")]
    [InlineData(ScannerMake.Zebra, "Pass", "\u0007")]
    [InlineData(ScannerMake.Zebra, "Fail", null)]
    [InlineData(ScannerMake.Keyence, "Pass", null)]
    [InlineData(ScannerMake.None, "Blocked", null)]
    public void EachMake_HasItsCommands(ScannerMake make, string moment, string? command)
    {
        var commands = new FeedbackCommands(new ScannerOptions { Make = make }, new FeedbackOptions());
        Assert.Equal(command, commands.Find(Enum.Parse<FeedbackMoment>(moment)) is { } bytes ? Encoding.ASCII.GetString(bytes) : null);
    }

    [Fact]
    public void OwnBytes_TakeThePlaceOfTheMakes_AndEmptyOnesSilenceThem()
    {
        var commands = new FeedbackCommands(new ScannerOptions { Make = ScannerMake.Honeywell }, new FeedbackOptions { Pass = @"\x16\x02ok\r", Fail = string.Empty });
        Assert.Equal([0x16, 0x02, .. "ok\r"u8], commands.Find(FeedbackMoment.Pass));
        Assert.Empty(commands.Find(FeedbackMoment.Fail)!);
    }

    [Theory]
    [InlineData("Pass", 1)]
    [InlineData("Blocked", 2)]
    [InlineData("Fail", 3)]
    public void Tones_AreAsManyAsTheVerdictHas_InAWholeWaveFile(string moment, int tones)
    {
        var wave = Tones.Synthesise(Enum.Parse<FeedbackMoment>(moment));
        Assert.Equal("RIFF", Encoding.ASCII.GetString(wave, 0, 4));
        Assert.Equal(wave.Length - 8, BinaryPrimitives.ReadInt32LittleEndian(wave.AsSpan(4)));
        Assert.Equal(wave.Length - 44, BinaryPrimitives.ReadInt32LittleEndian(wave.AsSpan(40)));
        var (heard, silent) = (0, 1000);
        for (var i = 44; i < wave.Length; i += 2)
        {
            if (BinaryPrimitives.ReadInt16LittleEndian(wave.AsSpan(i)) == 0)
            {
                silent++;
                continue;
            }

            if (silent > 500)
                heard++;
            silent = 0;
        }

        Assert.Equal(tones, heard);
    }

    [Fact]
    public async Task Sound_GoesToTheProgramsInput()
    {
        var heard = _directory["heard.wav"];
        Assert.True(await Sound($"tee {heard}").PlayAsync(Tones.Synthesise(FeedbackMoment.Fail), default));
        Assert.Equal(Tones.Synthesise(FeedbackMoment.Fail), await File.ReadAllBytesAsync(heard));
    }

    [Theory]
    [InlineData("no-such-program -q")]
    [InlineData("false")]
    [InlineData("")]
    public async Task ProgramThatIsMissingOrFails_HurtsNothing(string command) =>
        Assert.False(await Sound(command).PlayAsync(Tones.Synthesise(FeedbackMoment.Pass), default));

    [Fact]
    public async Task WholeCode_IsAnsweredToTheScanner_AlsoWhereItIsTheSameScan()
    {
        using var cable = new PseudoTerminal();
        var options = new ScannerOptions { Port = cable.Port, Make = ScannerMake.Honeywell };
        var scans = new ScanQueue(NullLogger<ScanQueue>.Instance);
        using var reader = new ScannerReader(
            new SerialTransport(options, new DataDirectory(_directory.Path)),
            options,
            new WorkersOptions(),
            scans,
            new FeedbackCommands(options, new FeedbackOptions()),
            new MonotonicClock(TimeProvider.System),
            new HealthState(TimeProvider.System),
            NullLogger<ScannerReader>.Instance);
        await reader.StartAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!reader.TrySend("."u8))
            await Task.Delay(10, limit.Token);
        cable.Type("3012-100001\r");
        Assert.Equal("3012-100001", (await scans.Reader.ReadAsync(limit.Token)).Text);
        Assert.Equal(".\u001b1,", Encoding.ASCII.GetString(cable.Read(4)));
        cable.Type("3012-100001\r");
        Assert.Equal("\u001b1,", Encoding.ASCII.GetString(cable.Read(3)));
        Assert.False(scans.Reader.TryRead(out _));
        await reader.StopAsync(default);
    }

    private static SystemSound Sound(string command) => new(new FeedbackOptions { Sound = command }, TimeProvider.System, NullLogger<SystemSound>.Instance);
}

using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>Faults on command, each seen to have acted.</summary>
public sealed class SimulatedFaultTests : IDisposable
{
    private const string Number = "3012-100001";
    private static readonly TestPki Pki = new();

    private readonly TemporaryDirectory _directory = new();

    private string? _cutAt;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void PowerCutAtBytesOfAWrite_EachFired_AndTheOldContentIsWholeAfterwards()
    {
        var (before, after) = (Pki.DevicePack(Number), Pki.DevicePack(Number));
        using (var content = Open())
            content.WriteOwn(before);
        var k = 0;
        for (; ; k += 7)
        {
            Order("cut-power-at-byte", $"certificate {k}");
            using (var content = Open())
            {
                if (Record.Exception(() => content.WriteOwn(after)) is not { } cut)
                    break;
                Assert.IsType<PowerCutException>(cut);
            }

            Assert.Equal($"board.certificate.byte-{k}", _cutAt);
            Assert.Equal(k, Directory.GetFiles(_directory["flash/certificate.new"]).Sum(file => (int)new FileInfo(file).Length));
            Assert.False(File.Exists(_directory["simulate/cut-power-at-byte"]));
            using var again = Open();
            Assert.Equal(before.Fingerprint, again.Own!.Fingerprint);
            Assert.False(Directory.Exists(_directory["flash/certificate.new"]));
        }

        var total = Directory.GetFiles(_directory["flash/certificate"]).Sum(file => (int)new FileInfo(file).Length); // no two packs have the same length
        Assert.InRange(k, total + 1, total + 7);
        using var last = Open();
        Assert.Equal(after.Fingerprint, last.Own!.Fingerprint);
    }

    [Theory]
    [InlineData("common-flash", "flash/common-certificate")]
    [InlineData("common-nvram", "nvram/common-certificate")]
    [InlineData("certificate-request", "flash/certificate-request")]
    public void PowerCutAtBytesOfTheOtherAreas_EachFired_AndTheRepetitionDoesIt(string area, string place)
    {
        using (var whole = Open())
            Write(whole);
        var total = Directory.GetFiles(_directory[place]).Sum(file => (int)new FileInfo(file).Length) - 8; // an ECDSA signature in DER is now and then some bytes shorter
        Forget();
        for (var k = 0; k < total; k += total / 17)
        {
            Order("cut-power-at-byte", $"{area} {k}");
            using (var content = Open())
                Assert.Throws<PowerCutException>(() => Write(content));
            Assert.Equal($"board.{area}.byte-{k}", _cutAt);
            Assert.Equal(k, Directory.GetFiles(_directory[place + ".new"]).Sum(file => (int)new FileInfo(file).Length));
            using (var again = Open())
            {
                Assert.False(Directory.Exists(_directory[place + ".new"]));
                Write(again);
                Assert.Equal(area == "certificate-request", again.Open is not null);
                Assert.Equal(area != "certificate-request", again.Common is not null);
            }

            Forget();
        }

        void Forget()
        {
            Directory.Delete(_directory["flash"], recursive: true);
            Directory.Delete(_directory["nvram"], recursive: true);
        }

        void Write(BoardContent content)
        {
            if (area == "certificate-request")
                content.RequestCertificate(MachineNumber.Parse(Number));
            else
                content.WriteCommon(Pki.CommonPack);
        }
    }

    [Fact]
    public void SlowFlash_TakesItsTimePerByte()
    {
        using var content = Open();
        Order("microseconds-per-byte", "200");
        var began = TimeProvider.System.GetTimestamp();
        content.WriteOwn(Pki.DevicePack(Number));
        var bytes = Directory.GetFiles(_directory["flash/certificate"]).Sum(file => new FileInfo(file).Length);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMicroseconds(200 * bytes));
    }

    [Fact]
    public void BitThatFlipsOnReadBack_FailsTheWriteAndKeepsTheOld()
    {
        using var content = Open();
        var before = Pki.DevicePack(Number);
        content.WriteOwn(before);
        Order("flip-bit-on-read-back", "1");
        var refused = Assert.Throws<ProvisioningException>(() => content.WriteOwn(Pki.DevicePack(Number)));
        Assert.Contains("read back", refused.Message, StringComparison.Ordinal);
        Assert.Equal("0", File.ReadAllText(_directory["simulate/flip-bit-on-read-back"]).Trim());
        Assert.Equal(before.Fingerprint, content.Own!.Fingerprint);
        content.WriteOwn(Pki.DevicePack(Number));
    }

    [Fact]
    public async Task BoardThatLies_ClaimsANumberAndASuccess()
    {
        using (var content = Open())
            content.WriteCommon(Pki.CommonPack);
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        var station = board.Client(Pki.Part(Role.LineStation, "1001"));
        Order("wrong-number", "3012-999999");
        Assert.Equal("3012-999999", (await station.LookAsync()).MachineNumber.ToString());
        File.Delete(_directory["simulate/wrong-number"]);
        Order("claim-success", "1");
        await station.WriteAsync(Pki.DevicePack(Number));
        Assert.Equal(WriteState.Succeeded, (await station.ResultAsync()).State);
        Assert.Equal(BoardState.Common, (await station.LookAsync()).State);
    }

    [Fact]
    public async Task BoardThatNeverAnswers_AnswersTheNextCall()
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        Order("never-answer", "1");
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => board.Client(null).CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), impatient.Token));
        Assert.Equal(BoardState.Blank, (await board.Client(null).LookAsync()).State);
        Assert.Equal("0", File.ReadAllText(_directory["simulate/never-answer"]).Trim());
    }

    private void Order(string fault, string text)
    {
        Directory.CreateDirectory(_directory["simulate"]); // a board that was never on has none yet
        File.WriteAllText(_directory[$"simulate/{fault}"], text + "\n");
    }

    private BoardContent Open() => new(new MemoryMap(new DataDirectory(_directory.Path)), new BoardOptions(), TimeProvider.System, powerCut: place =>
    {
        _cutAt = place;
        throw new PowerCutException();
    });

    private sealed class PowerCutException : Exception;
}

using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Whatever hangs on the cable: the worker gets a verdict with its reason in bounded time, the terminal no flag, and the next good board passes.</summary>
public sealed class HostileBoardTests() : LineTest("--Board:WriteTimeout=00:00:04")
{
    private const string NextNumber = "3012-100002";

    /// <summary>For boards that let the station wait. The others answer at once, and the good ones behind them have time, however slow the machine is.</summary>
    private static readonly string[] Short = ["--Board:Timeout=00:00:03", "--Board:ConnectTimeout=00:00:03"];

    /// <summary>Of the terminal, until the hostile board was taken off.</summary>
    private string[] _calls = [];

    private GetDeviceInformationResponse Common => new(null, "1.0.0", Pki.CommonPack.Fingerprint, null, BoardState.Common);

    public static TheoryData<string, ErrorCode, string> Answers => new()
    {
        { "nothing", ErrorCode.BoardUnavailable, "no answer in time" },
        { "close", ErrorCode.BoardUnavailable, "broke off its answer" },
        { "byte by byte", ErrorCode.BoardUnavailable, "no answer in time" },
        { "headers at once, body byte by byte", ErrorCode.BoardUnavailable, "no answer in time" },
        { "garbage", ErrorCode.BoardUnavailable, "does not answer in HTTP" },
        { "endless headers", ErrorCode.BoardUnavailable, "longer than any that is expected" },
        { "endless body", ErrorCode.BoardUnavailable, "longer than any that is expected" },
        { "no SOAP", ErrorCode.ForeignBoard, "answers something that no board answers" },
        { "wrong message", ErrorCode.ForeignBoard, "expected GetDeviceInformationResponse" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task BoardThatAnswersSo_IsBlockedInTime(string how, ErrorCode code, string sentence)
    {
        if (sentence == "no answer in time")
            await RestartStationAsync(Short);
        var verdict = await ScanAgainstAsync(Pki.Common, (_, stream, end) => AnswerAsync(how, stream, end));
        Assert.Equal((Verdict.Blocked, code), (verdict.Verdict, verdict.Code));
        Assert.Contains(sentence, verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BoardThatIsSilentBeforeTls_IsBlockedInTime()
    {
        await RestartStationAsync(Short);
        var verdict = await ScanAgainstAsync(() => null, (_, _, _) => Task.FromResult(false));
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
    }

    [Theory]
    [InlineData(ErrorCode.TerminalUnavailable)]
    [InlineData(ErrorCode.AlreadyWritten)]
    [InlineData(ErrorCode.CertificateRequestRequired)]
    [InlineData(ErrorCode.BoardUnavailable)]
    [InlineData(ErrorCode.ProofFailed)]
    public async Task FaultThatNoBoardSays_IsForeign_NotTheTerminalsWord(ErrorCode said)
    {
        var verdict = await ScanAgainstAsync(Pki.Common, AnswerWith(call => call == "GetDeviceInformation" ? HostileBoard.Message(Common) : HostileBoard.Fault(said)));
        Assert.Equal((Verdict.Blocked, ErrorCode.ForeignBoard), (verdict.Verdict, verdict.Code));
        Assert.Contains($"{said}, which no board says", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FaultOfABoard_KeepsItsCode()
    {
        var verdict = await ScanAgainstAsync(Pki.Common, AnswerWith(call => call == "GetDeviceInformation" ? HostileBoard.Message(Common) : HostileBoard.Fault(ErrorCode.BoardBusy)));
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardBusy), (verdict.Verdict, verdict.Code));
    }

    [Fact]
    public async Task BoardThatClosesAfterTheReceipt_IsBlockedInTime()
    {
        var verdict = await ScanAgainstAsync(Pki.Common, AnswerWith(call => call switch
        {
            "GetDeviceInformation" => HostileBoard.Message(Common),
            "WriteCertificate" => HostileBoard.Message(new WriteCertificateResponse()),
            _ => null,
        }));
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
    }

    [Fact]
    public async Task BoardThatFailsTheLastAttempt_AndClosesAtTheAcknowledgement_HasFailed()
    {
        Terminal[Number].Attempt = 3;
        var verdict = await ScanAgainstAsync(Pki.Common, AnswerWith(call => call switch
        {
            "GetDeviceInformation" => HostileBoard.Message(Common),
            "WriteCertificate" => HostileBoard.Message(new WriteCertificateResponse()),
            "GetWriteResult" => HostileBoard.Message(new GetWriteResultResponse(WriteState.Failed, "Worn out.", Terminal[Number].Pack.Fingerprint)),
            _ => null,
        }));
        Assert.Equal((Verdict.Fail, ErrorCode.WriteFailed), (verdict.Verdict, verdict.Code));
        Assert.Contains("Worn out.", verdict.Message, StringComparison.Ordinal);
        Assert.Contains("ReportWriteResult", _calls);
    }

    [Fact]
    public async Task BoardWithSomebodyElsesCertificate_IsTheWrongOne()
    {
        var verdict = await ScanAgainstAsync(() => Pki.Device("3012-100009"), AnswerWith(_ => HostileBoard.Message(Common)));
        Assert.Equal((Verdict.Blocked, ErrorCode.WrongBoard), (verdict.Verdict, verdict.Code));
        Assert.DoesNotContain("RequestCertificate", _calls);
    }

    [Theory]
    [InlineData("the common certificate", Verdict.Fail, ErrorCode.ProofFailed)]
    [InlineData("another certificate of the number", Verdict.Fail, ErrorCode.ProofFailed)]
    [InlineData("another number's certificate", Verdict.Blocked, ErrorCode.WrongBoard)]
    [InlineData("another factory's certificate", Verdict.Blocked, ErrorCode.ForeignBoard)]
    public async Task BoardThatClaimsSuccess_AndPresentsSomethingElse_ProvesNothing(string presented, Verdict verdict, ErrorCode code)
    {
        using var otherFactory = new TestPki();
        var claimed = false;
        var answer = AnswerWith(call =>
        {
            claimed |= call == "InitializeParameters";
            return call switch
            {
                "GetDeviceInformation" when claimed => HostileBoard.Message(
                    new GetDeviceInformationResponse(MachineNumber.Parse(Number), "1.0.0", Pki.CommonPack.Fingerprint, Terminal[Number].Pack.Fingerprint, BoardState.Initialized)),
                "GetDeviceInformation" => HostileBoard.Message(Common),
                "WriteCertificate" => HostileBoard.Message(new WriteCertificateResponse()),
                "GetWriteResult" => HostileBoard.Message(new GetWriteResultResponse(WriteState.Succeeded, "Written.", Terminal[Number].Pack.Fingerprint)),
                "AcknowledgeWriteResult" => HostileBoard.Message(new AcknowledgeWriteResultResponse()),
                _ => HostileBoard.Message(new InitializeParametersResponse()),
            };
        });
        var found = await ScanAgainstAsync(
            () => !claimed ? Pki.Common() : presented switch
            {
                "the common certificate" => Pki.Common(),
                "another certificate of the number" => Pki.Device(Number),
                "another number's certificate" => Pki.Device("3012-100009"),
                _ => otherFactory.Device(Number),
            },
            answer);
        Assert.Equal((verdict, code), (found.Verdict, found.Code));
        Assert.Contains("ReportWriteResult", _calls);
    }

    /// <summary>Scans with the hostile board on the cable, then another unit with a good one.</summary>
    private async Task<StationEvent> ScanAgainstAsync(Func<TlsIdentity?> presents, Func<string, Stream, CancellationToken, Task<bool>> answerAsync)
    {
        var port = Board.Address.Port;
        await Board.DisposeAsync();
        StationEvent verdict;
        await using (new HostileBoard(port, presents, answerAsync).Start())
            verdict = await Station.ScanAsync(Number);
        _calls = [.. Terminal.Calls];
        Board = await RunningBoard.StartAsync(Make("board-2"), port);
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(NextNumber)).Verdict);
        Assert.InRange(verdict.Seconds, 0, 8);
        Assert.False(string.IsNullOrWhiteSpace(verdict.Message));
        Assert.DoesNotContain("ReportProof", _calls);
        Assert.Equal(CertificateState.Fetched, Terminal[Number].State);
        return verdict;
    }

    private static Func<string, Stream, CancellationToken, Task<bool>> AnswerWith(Func<string, byte[]?> answer) => async (call, stream, end) =>
    {
        if (answer(call) is not { } bytes)
            return false;
        await stream.WriteAsync(bytes, end);
        return true;
    };

    private async Task<bool> AnswerAsync(string how, Stream stream, CancellationToken end)
    {
        var good = HostileBoard.Message(Common);
        var body = good.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        switch (how)
        {
            case "nothing":
                await Task.Delay(Timeout.Infinite, end);
                return false;
            case "close":
                return false;
            case "byte by byte":
                await DripAsync(good, stream, end);
                return true;
            case "headers at once, body byte by byte":
                await stream.WriteAsync(good.AsMemory(0, body), end);
                await DripAsync(good[body..], stream, end);
                return true;
            case "garbage":
                await stream.WriteAsync(Enumerable.Range(0, 5000).Select(i => (byte)(i * 7919 >> 3)).ToArray(), end);
                return false;
            case "endless headers":
                await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), end);
                return await RepeatAsync("X-More: and more and more and more\r\n", stream, end);
            case "endless body":
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<soap:Envelope>"u8.ToArray(), end);
                return await RepeatAsync(new string(' ', 4096), stream, end);
            case "no SOAP":
                await stream.WriteAsync(HostileBoard.Http("200 OK", "<html>It works!</html>"u8.ToArray()), end);
                return true;
            default:
                await stream.WriteAsync(HostileBoard.Message(new InitializeParametersResponse()), end);
                return true;
        }
    }

    private static async Task DripAsync(byte[] bytes, Stream stream, CancellationToken end)
    {
        foreach (var one in bytes)
        {
            await stream.WriteAsync(new[] { one }, end);
            await Task.Delay(20, end);
        }
    }

    private static async Task<bool> RepeatAsync(string text, Stream stream, CancellationToken end)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        while (true)
            await stream.WriteAsync(bytes, end);
    }
}

using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.BoardInC;

/// <summary>A board that somebody else could have written, in C with gSOAP and OpenSSL: the real station provisions it like any other (P-11 … P-19, P-27 … P-29).</summary>
public sealed partial class BoardInCTests(FactoryWithBoardInC running) : IClassFixture<FactoryWithBoardInC>, IAsyncLifetime
{
    private static readonly TimeSpan SameCodeCountsOnce = TimeSpan.FromMilliseconds(1100);

    private BoardOnCable _board = null!;

    /// <summary>Where its power is cut: in the middle of, before and after every replacement in flash and NVRAM, and between the steps.</summary>
    public static TheoryData<string, bool> Moments => new()
    {
        { "after-intent", true },
        { "flash/common-certificate.half-written", true },
        { "flash/common-certificate.after-rename", true },
        { "nvram/common-certificate.before-rename", true },
        { "before-result", true },
        { "after-intent", false },
        { "flash/certificate.half-written", false },
        { "flash/certificate.before-rename", false },
        { "flash/certificate.after-rename", false },
        { "before-result", false },
        { "nvram/write-result.before-rename", false },
        { "nvram/machine-number.before-rename", false },
        { "nvram/machine-number.after-rename", false },
        { "nvram/counters.after-rename", false },
        { "nvram/initial-values.before-rename", false },
    };

    private TestFactory Factory => running.Factory;

    private Uri Cable => Factory.Line.Configuration.Cable;

    public Task InitializeAsync()
    {
        if (FactNeedsGsoapAttribute.Missing is null)
            _board = new BoardOnCable(running.Program, Path.Combine(Factory.Directory, $"memories-{Guid.NewGuid():N}"), Cable);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_board is not null)
            await _board.DisposeAsync();
    }

    [FactNeedsGsoap]
    public async Task Scan_BlankBoard_EndsProvedAndItPresentsTheCertificateAtOnce()
    {
        await _board.PowerOnAsync();
        var number = await NextUnitAsync();
        var verdict = await ScanAsync(number);
        Assert.Equal((Verdict.Pass, 1), (verdict.Verdict, verdict.Attempt));
        await AssertProvedAsync(number);

        var seen = await SeenByOpenSslAsync();
        Assert.Equal(_board.Fingerprint, seen.Fingerprint);
        Assert.Contains($"CN = {number}", seen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Reused", seen.Text, StringComparison.Ordinal);

        await Task.Delay(SameCodeCountsOnce);
        verdict = await ScanAsync(number);
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), (verdict.Verdict, verdict.Code));
        await _board.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task BoardLine_WritesTheCommonCertificateToFlashAndNvram_KeysNeverLieThereInClear()
    {
        await _board.PowerOnAsync();
        await Wait.UntilAsync("the common certificate", () => Task.FromResult(_board.CommonCertificateInNvram is not null && _board.KeptResult is null));
        Assert.Equal(FirstCertificate().Match(_board.CommonCertificate!).Value, FirstCertificate().Match(_board.CommonCertificateInNvram!).Value);
        Assert.Contains("BEGIN ENCRYPTED PRIVATE KEY", _board.CommonCertificate, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN PRIVATE KEY", _board.CommonCertificate, StringComparison.Ordinal);
        Assert.Null(_board.Certificate);

        // From now on a caller without a certificate gets no connection, and TLS 1.1 is none.
        await Assert.ThrowsAsync<ProvisioningException>(() => LookAsync(TlsIdentity.CreateUnauthenticatedHandler()));
        var (code, _, error) = await Tool.RunAsync("openssl", ["s_client", "-connect", $"{Cable.Host}:{Cable.Port}", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
        Assert.True(code != 0, error);
        await _board.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task StrangersAndWrongPacks_AreRefusedWithTheProtocolsCodes()
    {
        await _board.PowerOnAsync();
        var mine = await NextUnitAsync();
        Assert.Equal(Verdict.Pass, (await ScanAsync(mine)).Verdict);
        var other = MachineNumber.Parse(await NextUnitAsync());
        using var calls = new LineCalls(Factory, "1002");
        var pack = (await calls.RequestAsync(other)).CertificatePack;
        using var station = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Factory.Layout.Line("1002")));
        using var http = new HttpClient(station.CreateHandler(peer => peer.Name == mine, mine)) { BaseAddress = Cable };
        var board = new SoapClient(http, ErrorCode.BoardUnavailable);

        await AssertRefusedAsync(ErrorCode.WrongBoard, () => board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(new(pack), default));
        await AssertRefusedAsync(ErrorCode.InvalidCertificatePack, () => board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(new(pack with { MachineNumber = null }), default));
        await AssertRefusedAsync(ErrorCode.CommonCertificateExists, () => board.CallAsync<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(new(pack with { MachineNumber = null }), default));
        await AssertRefusedAsync(ErrorCode.NotSupported, () => board.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(new(other), default));

        // Another machine's certificate under this number, and one that is none: received, then found out, for a new certificate would mend it. What was there stays.
        var before = _board.Fingerprint;
        var disguised = pack with { MachineNumber = MachineNumber.Parse(mine) };
        foreach (var bad in (CertificatePack[])[disguised, disguised with { ClientCertificate = [1, 2, 3] }])
        {
            await board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(new(bad), default);
            var result = await ResultAsync(board);
            Assert.Equal((WriteState.Failed, bad.Fingerprint), (result.State, result.CertificateFingerprint));
            Assert.Equal(before, _board.Fingerprint);
            await board.CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(new(), default);
        }

        await AssertRefusedAsync(ErrorCode.RequestTooLarge, () => board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(
            new(disguised with { IssuingCertificates = [LargerThanAnArea()] }), default));

        // A machine of ours is no station.
        using var terminal = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Factory.Layout.CommunicationTerminal));
        await AssertRefusedAsync(ErrorCode.NotAuthorized, () => LookAsync(terminal.CreateHandler(_ => true, mine)));
        await _board.EndAsync();
    }

    [TheoryNeedsGsoap]
    [MemberData(nameof(Moments))]
    public async Task PowerCut_NextScanEndsProvedWithOneCertificate(string moment, bool blank)
    {
        await _board.PowerOnAsync(blank ? moment : null);
        if (!blank)
        {
            await Wait.UntilAsync("the common certificate", () => Task.FromResult(_board.CommonCertificateInNvram is not null && _board.KeptResult is null));
            await _board.EndAsync();
            await _board.PowerOnAsync(moment);
        }

        var number = await NextUnitAsync();
        var before = await Factory.Line.Station.Client.FindLastEventAsync(CancellationToken.None);
        if (!blank)
            Factory.Line.Scanner.Scan(number);
        await _board.AssertPowerWasCutAsync(moment);
        await _board.PowerOnAsync();
        if (!blank && (await VerdictAsync(number, before)).Verdict == Verdict.Pass)
        {
            await AssertProvedAsync(number);
            return;
        }

        await ScanUntilPassAsync(number);
        await AssertProvedAsync(number);
        await _board.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task PowerCut_WhileTheFlashIsBusy_IsSaidAndFinishedByTheNextScan()
    {
        await _board.PowerOnAsync(flashMilliseconds: 1500);
        var number = await NextUnitAsync();
        var before = await Factory.Line.Station.Client.FindLastEventAsync(CancellationToken.None);
        Factory.Line.Scanner.Scan(number);
        await Wait.UntilAsync("the own certificate's write", () => Task.FromResult(_board.CommonCertificateInNvram is not null && _board.KeptResult?.StartsWith("1 ", StringComparison.Ordinal) == true));
        await _board.CutPowerAsync();
        var verdict = await VerdictAsync(number, before);
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        await _board.PowerOnAsync();
        await ScanUntilPassAsync(number);
        await AssertProvedAsync(number);
    }

    private static async Task AssertRefusedAsync<T>(ErrorCode code, Func<Task<T>> call) => Assert.Equal(code, (await Assert.ThrowsAsync<ProvisioningException>(call)).Code);

    private static async Task<GetWriteResultResponse> ResultAsync(SoapClient board)
    {
        GetWriteResultResponse? result = null;
        await Wait.UntilAsync("the board's result", async () =>
            (result = await board.CallAsync<GetWriteResultRequest, GetWriteResultResponse>(new(), default)).State != WriteState.Writing);
        return result!;
    }

    private async Task<GetDeviceInformationResponse> LookAsync(HttpMessageHandler handler)
    {
        using var http = new HttpClient(handler) { BaseAddress = Cable };
        return await new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), default);
    }

    private async Task<string> NextUnitAsync() => (await Factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;

    private async Task<StationEvent> ScanAsync(string number)
    {
        var before = await Factory.Line.Station.Client.FindLastEventAsync(CancellationToken.None);
        Factory.Line.Scanner.Scan(number);
        return await VerdictAsync(number, before);
    }

    private async Task<StationEvent> VerdictAsync(string number, long after)
    {
        StationEvent? verdict = null;
        await Wait.UntilAsync($"a verdict for {number}", async () =>
            (verdict = (await Factory.Line.Station.Client.GetEventsAsync(after, TimeSpan.Zero, CancellationToken.None)).FirstOrDefault(happened => happened.Verdict is not null && happened.MachineNumber == number)) is not null);
        return verdict!;
    }

    private async Task ScanUntilPassAsync(string number)
    {
        for (var scan = 1; ; scan++)
        {
            await Task.Delay(SameCodeCountsOnce);
            var verdict = await ScanAsync(number);
            if (verdict.Verdict == Verdict.Pass)
                return;
            Assert.True(scan < 4, $"{number} is still {verdict.Verdict} after {scan} scans: {verdict.Message} ({verdict.Code})");
        }
    }

    private async Task AssertProvedAsync(string number)
    {
        var unit = await Factory.FindUnitAsync(number);
        Assert.Equal((UnitState.Proved, _board.Fingerprint), (unit.State, unit.CertificateFingerprint));
        Assert.Equal(number, _board.MachineNumber);
        Assert.Null(_board.KeptResult);
        Assert.Equal([1], SqliteFile.Query<int>(
            Factory.Layout.CertificateAuthority,
            "certificate-authority.db",
            "SELECT COUNT(*) FROM certificate WHERE machine_number = @number AND state <> 'Superseded'",
            new { number }));
    }

    /// <summary>What a stranger with nothing but OpenSSL sees of the board's certificate; the board then turns it away.</summary>
    private async Task<(string Fingerprint, string Text)> SeenByOpenSslAsync()
    {
        var root = Path.Combine(Factory.Layout.Line("1001"), "root.pem");
        var (_, output, _) = await Tool.RunAsync("openssl", ["s_client", "-connect", $"{Cable.Host}:{Cable.Port}", "-CAfile", root]);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        using var certificate = X509Certificate2.CreateFromPem(FirstCertificate().Match(output).Value);
        return (Fingerprint.Of(certificate.RawData).ToString(), output);
    }

    [GeneratedRegex("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", RegexOptions.Singleline)]
    private static partial Regex FirstCertificate();
}

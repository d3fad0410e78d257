using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.CommunicationTerminal.Records.Reports;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Records;

/// <summary>The report of a day: when it is made, that it adds up, that it is signed, and what shows when somebody changes the records behind it.</summary>
public sealed class DayReportTests : IAsyncLifetime
{
    private static readonly DateOnly Day = new(2026, 11, 21);

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--Factory:TimeZone=Asia/Tokyo");
        _terminal.Time.Now = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero); // nine in the morning in Tokyo
        await _terminal.PlanAsync(_terminal.Row("3012", 3, firstSerial: 1), _terminal.Row("A123", 2, firstSerial: 1));
        await _terminal.RunBatchAsync();
        await ProveAsync("3012-000001");
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task DayThatIsNotOverInTheFactory_HasNoReport()
    {
        _terminal.Time.Now = new DateTimeOffset(2026, 11, 21, 14, 59, 59, TimeSpan.Zero);
        await MakeAsync();
        Assert.Null(Reports.Find(Day, null));
        _terminal.Time.Now = new DateTimeOffset(2026, 11, 21, 15, 0, 0, TimeSpan.Zero); // midnight in Tokyo
        await MakeAsync();
        Assert.NotNull(Reports.Find(Day, null));
    }

    [Fact]
    public async Task Report_AddsUp_IsSigned_AndStandsInTheAuditTrail()
    {
        await EndDayAsync();
        var (_, signed, report) = Reports.Get(Day, null);
        Assert.Equal(new ReportedModel("3012", 3, 1, 0, 2, 0, 0, 3, 3, 0), report.Models[0]);
        Assert.Equal(new ReportedModel("A123", 2, 0, 0, 2, 0, 0, 2, 2, 0), report.Models[1]);
        Assert.Equal([new ReportedLine("1001", 1, 1, 0)], report.Lines);
        Assert.Empty(report.Discrepancies);
        Assert.Equal(("factory-1", "Asia/Tokyo", 1, null), (report.Factory, report.TimeZone, report.Version, report.Predecessor));
        using var certificate = X509Certificate2.CreateFromPem(signed.Certificate);
        using var key = certificate.GetECDsaPublicKey()!;
        Assert.True(key.VerifyData(signed.Content, signed.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        var entry = Assert.Single(_terminal.Get<AuditReader>().Find(new AuditFilter("report 2026-11-21", null, null, null, null), long.MaxValue, 10));
        Assert.StartsWith($"version=1 sha256={signed.Sha256} ", entry.Detail, StringComparison.Ordinal);
        await MakeAsync();
        Assert.Equal(1, Reports.Get(Day, null).Report.Version); // nothing has happened: no further version
    }

    [Fact]
    public async Task UnitProvedADayLater_GivesTheDayAFurtherVersion_ThatNamesTheOneBefore()
    {
        await EndDayAsync();
        var first = Reports.Get(Day, null);
        await ProveAsync("3012-000002");
        _terminal.Time.Now = _terminal.Time.Now.AddDays(1);
        await MakeAsync();
        var (_, _, second) = Reports.Get(Day, null);
        Assert.Equal((2, first.Signed.Sha256), (second.Version, second.Predecessor));
        Assert.Equal((2, 1), (second.Models[0].Proved, second.Models[0].Outstanding));
        Assert.Equal([new ReportedLine("1001", 1, 1, 0)], Reports.Get(Day.AddDays(1), null).Report.Lines); // the day on which it was done
        Assert.Equal([false, true], Reports.List(null, 10).Items.Where(one => one.Date == Day).OrderBy(one => one.Version).Select(one => one.IsLatest));
        Assert.Empty(Check().Findings);
    }

    [Fact]
    public async Task DaysOnWhichTheTerminalWasOff_AreMadeUpForOneByOne()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 3, firstSerial: 1), _terminal.Row("3012", 2, firstSerial: 10, date: Day.AddDays(1)));
        _terminal.Time.Now = _terminal.Time.Now.AddDays(1);
        await _terminal.RunBatchAsync();
        _terminal.Time.Now = _terminal.Time.Now.AddDays(5);
        await _terminal.RestartAsync();
        await MakeAsync();
        Assert.Equal([Day.AddDays(1), Day], Reports.List(null, 10).Items.Where(one => one.IsLatest).Select(one => one.Date));
    }

    [Theory]
    [InlineData("UPDATE unit_event SET detail = 'x' WHERE event_id = 2", "at least one was changed")]
    [InlineData("DELETE FROM unit_event WHERE event_id = 2", "1 of 13 are missing")]
    [InlineData("DELETE FROM unit_event WHERE event_id > 10", "3 of 13 are missing")]
    [InlineData("UPDATE unit SET state = 'Proved' WHERE machine_number = '3012-000003'", "no recorded step says why")]
    [InlineData("UPDATE certificate SET fingerprint = 'x' WHERE machine_number = '3012-000003'", "no recorded step says why")]
    [InlineData("UPDATE day_report SET sha256 = 'x'", "its content is not the one that was made")]
    [InlineData("UPDATE day_report SET signature = x'00'", "is not to be believed")]
    [InlineData("DELETE FROM audit_event", "the audit trail has no entry of it")]
    public async Task RecordThatWasChangedBehindTheProgram_Shows(string change, string finding)
    {
        await EndDayAsync();
        Assert.Empty(Check().Findings);
        await _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute(change, transaction: transaction), default);
        Assert.Contains(Check().Findings, one => one.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public void WhatDoesNotAddUp_IsSaid()
    {
        var findings = ReportedUnits.Check([new ReportedModel("3012", 5, 1, 1, 2, 0, 0, 6, 5, 0)]).ToList();
        Assert.Equal(["3012: 5 planned, but proved, scrapped and outstanding are 4.", "3012: the plan says 6, but 5 have a number for the day."], findings);
    }

    private DayReports Reports => _terminal.Get<DayReports>();

    private Task MakeAsync() => _terminal.Get<DayReportJob>().MakeDueAsync(default);

    private Task EndDayAsync()
    {
        _terminal.Time.Now = new DateTimeOffset(2026, 11, 21, 15, 30, 0, TimeSpan.Zero);
        return MakeAsync();
    }

    private ReportCheck Check() => _terminal.Get<ReportVerification>().Run(default);

    private async Task ProveAsync(string number)
    {
        var pack = (await _terminal.RequestAsync(number)).CertificatePack;
        await _terminal.ResultAsync(number, 1, succeeded: true, fingerprint: pack.Fingerprint);
        await _terminal.ProofAsync(number, 1, fingerprint: pack.Fingerprint);
    }
}

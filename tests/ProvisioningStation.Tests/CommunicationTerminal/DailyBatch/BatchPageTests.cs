using System.Net;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Localization;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.DailyBatch;

/// <summary>What the manager sees of the batch, and starts.</summary>
public sealed class BatchPageTests : IAsyncLifetime
{
    private RunningPages _terminal = null!;

    public async Task InitializeAsync()
    {
        _terminal = await RunningPages.StartAsync("--DailyBatch:TimeOfDay=23:00:00", "--DailyBatch:LeftOvers=Reuse");
    }

    public async Task DisposeAsync() => await _terminal.DisposeAsync();

    [Theory]
    [InlineData("en", "Nothing planned today", "Run now")]
    [InlineData("ja", "本日の計画なし", "今すぐ実行")]
    public async Task WithoutAPlan_ThePageSaysSoInBothLanguages(string language, string state, string button)
    {
        using var browser = await _terminal.SignInAsync(AccountRole.Supervisor, language);
        var page = await browser.GetAsync("/batch");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains(state, page.Text, StringComparison.Ordinal);
        Assert.Contains(button, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWaits_IsShownWithReasonAndAdviceAndNextTry()
    {
        await StoreAsync(
            """
            INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt) VALUES ('3012-000001', '3012', '2026-11-21', 0, 'Stored', 1), ('3012-000002', '3012', '2026-11-21', 0, 'Planned', 1);
            INSERT INTO batch_day (plan_date, allocated_at) VALUES ('2026-11-21', '2026-11-21T07:00:00.000Z');
            INSERT INTO chunk (request_id, plan_date, model, first_serial, unit_count, state, sent_at, stored_count, attempts, next_try_at, error_code, last_error)
            VALUES ('x', '2026-11-21', '3012', 2, 1, 'Open', '2026-11-21T07:00:00.000Z', 0, 3, '2026-11-21T08:04:00.000Z', 'QuotaExceeded', '<b>Only 1 left</b>');
            INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt) VALUES ('A123-000001', 'A123', '2026-11-11', 0, 'Stored', 1);
            """);
        using var browser = await _terminal.SignInAsync(AccountRole.Viewer);
        var page = await browser.GetAsync("/batch");
        Assert.Contains("1 of 2 in store", page.Text, StringComparison.Ordinal);
        Assert.Contains("has not approved enough certificates", page.Text, StringComparison.Ordinal);
        Assert.Contains("Ask the administrator of the certificate authority for a larger quota", page.Text, StringComparison.Ordinal);
        Assert.Contains("2026-11-21 08:04", page.Text, StringComparison.Ordinal);
        Assert.Contains("<b>Only 1 left</b>", page.Text, StringComparison.Ordinal); // as text, not as a tag
        Assert.DoesNotContain("<b>Only", page.Html, StringComparison.Ordinal);
        Assert.Matches(new Regex("A123 2026-11-11 10 1"), page.Text);
        Assert.DoesNotContain("@formname", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Run now", page.Text, StringComparison.Ordinal); // a viewer looks
    }

    [Fact]
    public async Task RunNow_IsAskedOnceByNameAndLeadsBackToThePage()
    {
        using var browser = await _terminal.SignInAsync(AccountRole.Supervisor);
        var answer = await browser.SubmitAsync("/batch", "run");
        Assert.Equal("/batch?asked=now", answer.Path);
        Assert.Contains("The batch was started", answer.Text, StringComparison.Ordinal);
        Assert.Equal(["Supervisor supervisor"], _terminal.Get<Database>().Read(connection => connection.Query<string>("SELECT actor FROM audit_event WHERE action = 'BatchRunAsked'").ToList()));
    }

    [Fact]
    public async Task FormOfASupervisor_IsRefusedToAViewer()
    {
        using var supervisor = await _terminal.SignInAsync(AccountRole.Supervisor);
        using var viewer = await _terminal.SignInAsync(AccountRole.Viewer);
        var form = await supervisor.GetAsync("/batch");
        var answer = await viewer.SubmitAsync(form, "run");
        Assert.True(answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, answer.Text);
        Assert.Empty(_terminal.Get<Database>().Read(connection => connection.Query<string>("SELECT actor FROM audit_event WHERE action = 'BatchRunAsked'")));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ja")]
    public void EveryCode_HasWordsForWhatWentWrongAndWhatToDo(string language)
    {
        System.Globalization.CultureInfo.CurrentUICulture = new System.Globalization.CultureInfo(language);
        var text = _terminal.Get<IStringLocalizer<BatchText>>();
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            Assert.DoesNotContain("What.", text.WhatWentWrong(code), StringComparison.Ordinal);
            Assert.DoesNotContain("Do.", text.WhatToDo(code), StringComparison.Ordinal);
        }

        Assert.NotEqual(text.WhatToDo(ErrorCode.Internal), text.WhatToDo(ErrorCode.CaUnavailable));
    }

    private Task StoreAsync(string sql) => _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute(sql, transaction: transaction), default);
}

using System.Diagnostics;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>The page Today over a million units, 10,000 of them of today, and what 40 browsers cost that watch it while ten units a second are proved.</summary>
internal static class WatchedToday
{
    private const int Units = 1_000_000;
    private const int OfToday = 10_000;
    private const int Pages = 300;
    private const int Browsers = 40;
    private const int ChangesPerSecond = 10;

    private static readonly TimeSpan Watching = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Figures figures, CancellationToken cancellationToken)
    {
        using var factory = await BenchmarkFactory.CreateAsync(unitsPerDay: 1, lines: 1, cancellationToken);
        await using var terminal = CommunicationTerminalApp.Build(
            ["--config", factory.Layout.ConfigurationFile("communication-terminal"), "--data", factory.Layout.CommunicationTerminal, "--Log:Level=Error"]);
        var database = terminal.Services.GetRequiredService<Database>();
        var clock = terminal.Services.GetRequiredService<FactoryClock>();
        await FillAsync(database, clock, cancellationToken);
        await terminal.StartAsync(cancellationToken);
        var token = await terminal.Services.GetRequiredService<ManagerSessions>().StartAsync("watcher", before: null, cancellationToken);
        using var http = Open(factory, terminal, token);
        var pages = new List<double>();
        for (var i = 0; i < Pages; i++)
        {
            await ProveAsync(database, clock, 1, cancellationToken); // so that each page is counted anew
            var started = Stopwatch.GetTimestamp();
            var html = await http.GetStringAsync("/", cancellationToken);
            pages.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!html.Contains("data-live=\"today\"", StringComparison.Ordinal))
                throw new InvalidOperationException("This is not the page Today.");
        }

        figures.Add("today_page_p99_ms_1m", Figures.Percentile(pages, 99), "ms", $"{Pages} times over TLS, each after a change; {OfToday:N0} of {Units:N0} units are of today");
        figures.Add("today_page_median_ms_1m", Figures.Median(pages), "ms", "the same pages");
        var alone = await MeasureShareAsync(database, clock, [], cancellationToken);
        var watched = await MeasureShareAsync(database, clock, [.. Enumerable.Range(0, Browsers).Select(_ => http)], cancellationToken);
        figures.Add("live_40_cpu_share", 100 * (watched - alone), "% of a core", $"{Browsers} streams, {ChangesPerSecond} units proved a second, without the proofs' own {100 * alone:F1} %; the browsers' side of TLS included");
        await terminal.StopAsync(cancellationToken);
    }

    /// <summary>Processor time of this process per second while units are proved and <paramref name="browsers"/> watch.</summary>
    private static async Task<double> MeasureShareAsync(Database database, FactoryClock clock, HttpClient[] browsers, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var events = 0;
        var watching = browsers.Select(browser => WatchAsync(browser, () => Interlocked.Increment(ref events), end.Token)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
        var (started, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        while (Stopwatch.GetElapsedTime(started) < Watching)
        {
            await ProveAsync(database, clock, 1, cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(1.0 / ChangesPerSecond), cancellationToken);
        }

        var share = (Environment.CpuUsage.TotalTime - before) / Stopwatch.GetElapsedTime(started);
        await end.CancelAsync();
        await Task.WhenAll(watching);
        if (events < browsers.Length * Watching.TotalSeconds / 4)
            throw new InvalidOperationException($"{browsers.Length} browsers were told only {events} times.");
        return share;
    }

    private static async Task WatchAsync(HttpClient http, Action shown, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(await http.GetStreamAsync("/live?of=today", cancellationToken));
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line == "event: show")
                    shown();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It has watched for long enough.
        }
    }

    private static Task ProveAsync(Database database, FactoryClock clock, int count, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            """
            UPDATE unit SET state = 'Proved', line = '1001', written_at = @now, proved_at = @now
            WHERE machine_number IN (SELECT machine_number FROM unit WHERE plan_date = @today AND model = '3012' AND state = 'Stored' ORDER BY machine_number LIMIT @count)
            """,
            new { now = clock.StoredNow, today = FactoryClock.Stored(clock.Today), count },
            transaction),
        cancellationToken);

    private static HttpClient Open(BenchmarkFactory factory, WebApplication terminal, string token)
    {
        var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Operator));
        var addresses = terminal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CommunicationTerminal, "the terminal")) { BaseAddress = new Uri(addresses.Last()), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Add("Cookie", "__Host-session=" + token);
        return http;
    }

    private static Task FillAsync(Database database, FactoryClock clock, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var now = clock.StoredNow;
            connection.Execute(
                "INSERT INTO account (name, role, salt, password_hash, iterations, must_change, disabled, created_at, changed_at) VALUES ('watcher', 'Viewer', x'00', x'00', 1, 0, 0, @now, @now)",
                new { now },
                transaction);
            var days = Enumerable.Range(0, 40).Select(day => clock.Today.AddDays(-day)).ToList();
            foreach (var month in days.Select(day => FactoryClock.Stored(day)[..7]).Distinct(StringComparer.Ordinal))
                connection.Execute("INSERT INTO plan_month (month, pulled_at) VALUES (@month, @now)", new { month, now }, transaction);
            foreach (var date in days.Select(FactoryClock.Stored))
            {
                connection.Execute("INSERT INTO plan_row (plan_date, model, month, unit_count) VALUES (@date, '3012', @month, @OfToday)", new { date, month = date[..7], OfToday }, transaction);
                connection.Execute("INSERT INTO batch_day (plan_date, allocated_at) VALUES (@date, @now)", new { date, now }, transaction);
            }

            connection.Execute(
                """
                INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt, line, stored_at, written_at, proved_at)
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @Units)
                SELECT '3012-' || SUBSTR('000000' || i, -6), '3012', DATE(@today, '-' || (i / @OfToday) || ' days'), 0,
                    CASE WHEN i < @OfToday / 2 THEN 'Stored' ELSE 'Proved' END, 1, CASE WHEN i < @OfToday / 2 THEN NULL ELSE '100' || (i % 7) END, @now,
                    CASE WHEN i < @OfToday / 2 THEN NULL ELSE DATE(@today, '-' || (i / @OfToday) || ' days') || 'T00:00:00.000Z' END,
                    CASE WHEN i < @OfToday / 2 THEN NULL ELSE DATE(@today, '-' || (i / @OfToday) || ' days') || 'T00:00:00.000Z' END
                FROM n
                """,
                new { Units, OfToday, now, today = FactoryClock.Stored(clock.Today) },
                transaction,
                commandTimeout: 600);
        },
        cancellationToken);
}

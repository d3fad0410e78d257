using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>
/// Keys that nobody needs any more leave the disk. (1) After <see cref="StoreOptions.AfterProof"/> was changed, or where an earlier version kept them, what was proved before is treated
/// as the setting says, and keys of failed and superseded attempts go: once, some hundred per transaction; how far the whole of it came is known by the setting that was last carried through.
/// (2) The database overwrites what it deletes, but its log still has the pages of before: it is emptied from time to time.
/// </summary>
internal sealed partial class KeySweepJob(Database database, StoreOptions options, TimeProvider time, HealthState health, ILogger<KeySweepJob> logger)
    : PeriodicJob("key sweep", time, health, logger)
{
    private const string Fact = "after-proof";
    private const int Slice = 500;

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => SweepAsync(cancellationToken);

    /// <summary>One sweep.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT value FROM terminal_fact WHERE name = @Fact", new { Fact })) != options.AfterProof.ToString())
            await CarryThroughAsync(cancellationToken);
        await database.EmptyLogAsync(cancellationToken);
    }

    private async Task CarryThroughAsync(CancellationToken cancellationToken)
    {
        var (after, swept) = (string.Empty, 0);
        while (true)
        {
            var slice = database.Read(connection => FindSlice(connection, after));
            if (slice.Count == 0)
                break;
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeKeysSwept);
            await database.WriteAsync((connection, transaction) => Treat(connection, transaction, slice), cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterKeysSwept);
            (after, swept) = (slice[^1].Number, swept + slice.Count);
        }

        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("DELETE FROM terminal_fact WHERE name = @Fact", new { Fact }, transaction);
                connection.Execute("INSERT INTO terminal_fact (name, value) VALUES (@Fact, @value)", new { Fact, value = options.AfterProof.ToString() }, transaction);
            },
            cancellationToken);
        if (swept > 0)
            LogSwept(swept, options.AfterProof);
    }

    /// <summary>The next units of which a certificate has to be looked at. No LIMIT: it is one database's word, and the reader stops by itself.</summary>
    private List<(string Number, string State, long Current)> FindSlice(DbConnection connection, string after) => connection
        .Query<(string Number, string State, long Current)>(
            $"""
            SELECT u.machine_number, u.state, u.attempt FROM unit u
            WHERE u.machine_number > @after AND EXISTS (
                SELECT 1 FROM certificate c WHERE c.machine_number = u.machine_number
                AND ((c.wrapped_key IS NOT NULL AND (c.attempt < u.attempt OR c.outcome = '{StoredCertificate.Failed}')) OR (u.state = '{nameof(UnitState.Proved)}' AND {WhatOfProved()})))
            ORDER BY u.machine_number
            """,
            new { after },
            buffered: false)
        .Take(Slice)
        .ToList();

    private string WhatOfProved() => options.AfterProof switch
    {
        AfterProof.KeepWithFlag => "1 = 0",
        AfterProof.PurgeKey => "c.wrapped_key IS NOT NULL",
        _ => "1 = 1",
    };

    private void Treat(DbConnection connection, DbTransaction transaction, List<(string Number, string State, long Current)> units)
    {
        foreach (var (number, _, _) in units)
        {
            // As it is now: the unit may have moved on since it was found.
            if (Unit.Find(connection, transaction, MachineNumber.Parse(number)) is not { } unit)
                continue;
            connection.Execute(
                "UPDATE certificate SET wrapped_key = NULL WHERE machine_number = @number AND wrapped_key IS NOT NULL AND (attempt < @Attempt OR outcome = @failed)",
                new { number, unit.Attempt, failed = StoredCertificate.Failed },
                transaction);
            if (unit.State == UnitState.Proved)
                ProvedPack.Settle(connection, transaction, options.AfterProof, unit.MachineNumber, unit.Attempt);
        }
    }

    [LoggerMessage(220, LogLevel.Information, "Packs of {Count} units that needed their keys no more were treated as {Setting} says")]
    private partial void LogSwept(int count, AfterProof setting);
}

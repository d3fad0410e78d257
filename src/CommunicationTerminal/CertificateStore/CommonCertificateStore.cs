using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Keeps the common certificate's pack, its key wrapped, so that the board line works while the CA is down.</summary>
internal sealed class CommonCertificateStore(
    Database database,
    CertificateAuthorityClient authority,
    PackCheck check,
    ChainStore chains,
    KeyProtection protection,
    FactoryClock clock)
{
    private sealed record Row(long ChainId, byte[] Certificate, byte[] WrappedKey);

    /// <summary>When it was last fetched, in the factory's time; null where there is none.</summary>
    public DateTime? FindFetchedAt()
    {
        var stored = database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT fetched_at FROM common_certificate WHERE only_row = 1"));
        return stored is null ? null : clock.LocalOf(stored);
    }

    /// <summary>The pack with its key in clear, null where there is none: clear it after use.</summary>
    public CertificatePack? Find()
    {
        var row = database.Read(connection => connection.QuerySingleOrDefault<Row>(
            """SELECT chain_id AS "ChainId", certificate AS "Certificate", wrapped_key AS "WrappedKey" FROM common_certificate WHERE only_row = 1"""));
        if (row is null)
            return null;
        var chain = chains.Get((int)row.ChainId);
        return new CertificatePack(null, chain.Root, chain.Issuing, row.Certificate, protection.Unwrap(row.WrappedKey, PackCheck.CommonName));
    }

    /// <summary>Fetches it from the CA and stores it in the place of the earlier one.</summary>
    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        var pack = await check.CheckCommonAsync(await authority.GetCommonAsync(cancellationToken), cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeCommonStored);
        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("DELETE FROM common_certificate WHERE only_row = 1", transaction: transaction);
                connection.Execute(
                    "INSERT INTO common_certificate (only_row, chain_id, certificate, wrapped_key, fetched_at) VALUES (1, @ChainId, @Certificate, @WrappedKey, @now)",
                    new { pack.ChainId, pack.Certificate, pack.WrappedKey, now = clock.StoredNow },
                    transaction);
            },
            cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterCommonStored);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>The pack that blank boards get: fetched from the terminal once, then kept here with its private key wrapped, so that the board line works without the terminal.</summary>
internal sealed class CommonCertificate(Database database, TerminalClient terminal, TlsIdentity identity, KeyProtection protection, TimeProvider time)
{
    private const string Owner = "common";

    /// <summary>The pack. Clear its private key after use.</summary>
    public async Task<CertificatePack> GetAsync(CancellationToken cancellationToken)
    {
        if (Find() is { } kept)
            return kept;
        var response = await terminal.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(
            StationCall.FetchCommon,
            new GetCommonCertificateRequest(RequestId.New()),
            cancellationToken);
        var pack = response.CertificatePack;
        if (pack.PrivateKey is null || !IsUsable(pack))
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The terminal's common certificate is expired, not of this station's root, or has no private key.");
        KillPoint.Reached(LineStationKillPoints.BeforeStoreCommon);
        await StoreAsync(pack, cancellationToken);
        KillPoint.Reached(LineStationKillPoints.AfterStoreCommon);
        return pack;
    }

    private CertificatePack? Find()
    {
        var row = database.Read(connection => connection.QuerySingleOrDefault<Row>(
            "SELECT root, issuing_pem AS issuingPem, certificate, wrapped_private_key AS wrappedPrivateKey FROM common_certificate"));
        if (row is null)
            return null;
        var issuing = new X509Certificate2Collection();
        issuing.ImportFromPem(row.IssuingPem);
        var pack = new CertificatePack(null, row.Root, [.. issuing.Select(certificate => certificate.RawData)], row.Certificate, null);
        try
        {
            return IsUsable(pack) ? pack with { PrivateKey = protection.Unwrap(row.WrappedPrivateKey, Owner) } : null;
        }
        catch (CryptographicException)
        {
            return null; // wrapped under a key that is gone: the terminal has another copy
        }
    }

    private Task StoreAsync(CertificatePack pack, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            connection.Execute("DELETE FROM common_certificate", transaction: transaction);
            connection.Execute(
                """
                INSERT INTO common_certificate (fingerprint, root, issuing_pem, certificate, wrapped_private_key, fetched_at)
                VALUES (@Fingerprint, @Root, @IssuingPem, @Certificate, @WrappedPrivateKey, @FetchedAt)
                """,
                new
                {
                    Fingerprint = pack.Fingerprint.ToString(),
                    Root = pack.RootCertificate,
                    IssuingPem = string.Concat(pack.IssuingCertificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n")),
                    Certificate = pack.ClientCertificate,
                    WrappedPrivateKey = protection.Wrap(pack.PrivateKey, Owner),
                    FetchedAt = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                },
                transaction);
        },
        cancellationToken);

    private bool IsUsable(CertificatePack pack)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        return certificate.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime && identity.Root.RawDataMemory.Span.SequenceEqual(pack.RootCertificate);
    }

    private sealed class Row
    {
        public byte[] Root { get; init; } = [];

        public string IssuingPem { get; init; } = string.Empty;

        public byte[] Certificate { get; init; } = [];

        public byte[] WrappedPrivateKey { get; init; } = [];
    }
}

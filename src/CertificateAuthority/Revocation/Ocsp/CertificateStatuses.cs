using System.Collections.Concurrent;
using System.Data.Common;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>What is to be said of a certificate (RFC 6960, 2.2).</summary>
/// <param name="IsKnown">Whether this CA has issued it.</param>
/// <param name="RevokedAt">Since when it is revoked; null while it is good.</param>
/// <param name="Reason">Why it is revoked.</param>
internal readonly record struct CertificateStatus(bool IsKnown, DateTimeOffset? RevokedAt = null, RevocationReason Reason = RevocationReason.Unspecified);

/// <summary>
/// Looks certificates up, thousands of times a second: each thread has a connection with its prepared command at hand. It always sees what is committed.
/// A certificate that is only reserved is unknown: no signature of it has left the CA.
/// </summary>
internal sealed class CertificateStatuses(Database database) : IDisposable
{
    private readonly ConcurrentBag<Lookup> _idle = [];

    /// <summary>The status of the certificate of this issuer and serial number.</summary>
    public CertificateStatus Find(int issuer, string serialNumber)
    {
        if (!_idle.TryTake(out var lookup))
            lookup = new Lookup(database.OpenReader());
        try
        {
            var status = lookup.Find(issuer, serialNumber);
            _idle.Add(lookup);
            return status;
        }
        catch
        {
            lookup.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var lookup))
            lookup.Dispose();
    }

    private sealed class Lookup : IDisposable
    {
        private readonly DbConnection _connection;
        private readonly DbCommand _command;
        private readonly DbParameter _serialNumber;
        private readonly DbParameter _issuer;

        public Lookup(DbConnection connection)
        {
            _connection = connection;
            _command = connection.CreateCommand();
            _command.CommandText = "SELECT state, revoked_at, revocation_reason FROM certificate WHERE serial_number = @serial AND issuer = @issuer";
            _serialNumber = Add("@serial");
            _issuer = Add("@issuer");
        }

        public CertificateStatus Find(int issuer, string serialNumber)
        {
            (_issuer.Value, _serialNumber.Value) = (issuer, serialNumber);
            using var reader = _command.ExecuteReader();
            if (!reader.Read())
                return default;
            return reader.GetString(0) switch
            {
                nameof(CertificateState.Reserved) => default,
                nameof(CertificateState.Superseded) or nameof(CertificateState.Revoked) => new CertificateStatus(
                    IsKnown: true,
                    UtcText.Parse(reader.GetString(1)),
                    RevocationReasons.Parse(reader.IsDBNull(2) ? null : reader.GetString(2))),
                _ => new CertificateStatus(IsKnown: true),
            };
        }

        public void Dispose()
        {
            _command.Dispose();
            _connection.Dispose();
        }

        private DbParameter Add(string name)
        {
            var parameter = _command.CreateParameter();
            parameter.ParameterName = name;
            _command.Parameters.Add(parameter);
            return parameter;
        }
    }
}

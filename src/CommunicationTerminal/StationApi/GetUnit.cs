using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>What is known of a unit, for a station that finds a board half done.</summary>
internal sealed class GetUnit(Database database, UnitRefusals refusals)
{
    /// <summary>Answers one station. A blocked or scrapped unit is refused with <see cref="ErrorCode.Blocked"/>.</summary>
    public Task<GetUnitResponse> HandleAsync(GetUnitRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var (unit, certificate) = database.Read(connection =>
        {
            var unit = Unit.Find(connection, null, request.MachineNumber) ?? throw refusals.Unknown(request.MachineNumber);
            if (unit.State is UnitState.Blocked or UnitState.Scrapped or UnitState.Withdrawn or UnitState.Purged)
                throw UnitRefusals.Ended(connection, null, unit);
            return (unit, StoredCertificate.Find(connection, null, request.MachineNumber, unit.Attempt));
        });
        var state = unit.State switch
        {
            UnitState.Planned => CertificateState.Reserved,
            UnitState.Stored => CertificateState.Fetched,
            UnitState.ReissuePending => CertificateState.Superseded,
            UnitState.Written => CertificateState.Written,
            UnitState.Proved => CertificateState.Proved,
            _ => throw UnitRefusals.OutOfPlace(unit, "there is nothing to be told of it"),
        };
        return Task.FromResult(new GetUnitResponse(
            state,
            unit.Attempt,
            certificate is null ? null : Fingerprint.Parse(certificate.Fingerprint),
            unit.Line,
            unit.WrittenAt is null ? null : FactoryClock.Parse(unit.WrittenAt)));
    }
}

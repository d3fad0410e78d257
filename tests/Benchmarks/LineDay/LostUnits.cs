using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Benchmarks.Scan;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Benchmarks.LineDay;

/// <summary>Compares what the line said with what terminal, boards and CA know. A unit is lost where they do not all hold the same certificate for it, or anybody holds a second one.</summary>
internal static class LostUnits
{
    private const int Page = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <returns>A sentence for each lost unit.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(BenchmarkFloor floor, BuiltUnits built, CancellationToken cancellationToken)
    {
        var lost = new List<string>();
        var proved = await ReadProvedAsync(floor, cancellationToken);
        var valid = await ReadValidAsync(floor, cancellationToken);
        foreach (var (number, board) in built.Boards)
        {
            using var certificate = ReadBoard(board);
            if (certificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) != number)
                lost.Add($"{number}: its board has no certificate of it");
            else if (proved.GetValueOrDefault(number) is not { } told || told != Fingerprint.Of(certificate.RawData).ToString())
                lost.Add($"{number}: the terminal does not have the board's certificate as proved");
            else if (valid[number].ToList() is not [var serial] || !string.Equals(serial, certificate.SerialNumber, StringComparison.OrdinalIgnoreCase))
                lost.Add($"{number}: the CA's valid certificates are {string.Join(", ", valid[number])}, the board's is {certificate.SerialNumber}");
        }

        foreach (var twice in built.Boards.GroupBy(unit => unit.Value, StringComparer.Ordinal).Where(board => board.Skip(1).Any()))
            lost.Add($"board {Path.GetFileName(twice.Key)} became {string.Join(" and ", twice.Select(unit => unit.Key))}");
        var others = floor.Shelf.Boards.Except(built.Boards.Values, StringComparer.Ordinal).Where(board => ReadBoard(board) is not null).Select(Path.GetFileName).ToList();
        if (others.Count > 0)
            lost.Add($"boards {string.Join(", ", others)} have a certificate that no line gave them");
        return lost;
    }

    private static X509Certificate2? ReadBoard(string directory)
    {
        var file = Path.Combine(directory, "flash", "certificate", "certificate.pem");
        return File.Exists(file) ? X509Certificate2.CreateFromPem(File.ReadAllText(file)) : null;
    }

    private static async Task<Dictionary<string, string?>> ReadProvedAsync(BenchmarkFloor floor, CancellationToken cancellationToken)
    {
        var proved = new Dictionary<string, string?>(StringComparer.Ordinal);
        string? after = null;
        IReadOnlyList<UnitSummary> page;
        do
        {
            page = await floor.Floor.Terminal.Client.GetUnitsAsync(UnitState.Proved, null, after, Page, cancellationToken);
            foreach (var unit in page)
                proved.Add(after = unit.MachineNumber, unit.CertificateFingerprint);
        }
        while (page.Count > 0);
        return proved;
    }

    private static async Task<ILookup<string, string>> ReadValidAsync(BenchmarkFloor floor, CancellationToken cancellationToken)
    {
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(floor.Layout.Operator));
        using var authority = new PartClient(floor.Floor.CertificateAuthority.Address, identity, Patience, Role.CertificateAuthority);
        var certificates = await authority.GetPagesAsync<CertificateSummary>(ApiPath.Of("api/certificates").With("limit", Page), cancellationToken).ToListAsync(cancellationToken);
        return certificates
            .Where(certificate => certificate.State is not (CertificateState.Superseded or CertificateState.Revoked or CertificateState.Purged))
            .ToLookup(certificate => certificate.MachineNumber, certificate => certificate.SerialNumber, StringComparer.Ordinal);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>One model's boards make their own keys (P-28), on a line of real programs.</summary>
public sealed class BoardMadeKeyTests
{
    [Fact]
    public async Task ScannedUnit_IsProvedWithAKeyThatOnlyItsBoardHas()
    {
        await using var factory = await TestFactory.StartAsync((file, text) => TestFactory.BoardMadeKeys(file, TestFactory.QuickBoards(file, text)), lines: 1);
        factory.Floor.Map(factory.Layout).Write(factory.Layout.Root);
        Assert.Empty(Issued(factory, "A123-%")); // the batch is done, and has ordered nothing for them
        Assert.Empty(await factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, TestFactory.BoardMadeKeyModel, null, 1, CancellationToken.None));
        var unit = (await factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Planned, TestFactory.BoardMadeKeyModel, null, 1, CancellationToken.None))[0].MachineNumber;

        await factory.Line.Slot.ConnectAsync(CancellationToken.None);
        var (code, output, error) = await LauncherProcess.ControlAsync(factory, "scan", unit, "--line", factory.Line.Configuration.Line);
        Assert.True(code == 0, output + error);
        Assert.Contains($"OK 合格  {unit}", output, StringComparison.Ordinal);
        Assert.Equal((UnitState.Proved, 1), ((await factory.FindUnitAsync(unit)).State, (await factory.FindUnitAsync(unit)).Attempt));

        var flash = Path.Combine(factory.Line.Slot.Directory, "flash", "certificate");
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(flash, "certificate.pem"));
        Assert.Contains(unit, certificate.Subject, StringComparison.Ordinal);
        using var deviceKey = KeyProtection.Load(Path.Combine(factory.Line.Slot.Directory, "secure-element", "device.key"));
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(deviceKey.Unwrap(await File.ReadAllBytesAsync(Path.Combine(flash, "private-key.bin")), unit), out _);
        Assert.Equal(certificate.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());

        // One certificate, the one on the board, asked for by the board's request; neither the CA nor the terminal ever had the key.
        var issued = Assert.Single(Issued(factory, unit));
        Assert.Equal((certificate.SerialNumber.ToLowerInvariant(), "Sign", 0), (issued.Serial.ToLowerInvariant(), issued.Kind, (int)issued.HasKey));
        Assert.Equal([1], SqliteFile.Query<int>(factory.Layout.CommunicationTerminal, "communication-terminal.db", "SELECT COUNT(*) FROM certificate WHERE machine_number = @unit AND board_made = 1 AND wrapped_key IS NULL", new { unit }));
    }

    private static List<(string Serial, string Kind, long HasKey)> Issued(TestFactory factory, string like) => SqliteFile.Query<(string, string, long)>(
        factory.Layout.CertificateAuthority,
        "certificate-authority.db",
        """
        SELECT c.serial_number, r.kind, CASE WHEN c.wrapped_key IS NULL THEN 0 ELSE 1 END FROM certificate c JOIN issuance_request r ON r.request_id = c.request_id
        WHERE c.machine_number LIKE @like
        """,
        new { like });
}

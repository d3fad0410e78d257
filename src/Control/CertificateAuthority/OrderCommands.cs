using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca orders</c>: signed production orders.</summary>
internal static class OrderCommands
{
    private const int MaxBytes = 64 * 1024; // what the CA takes

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("orders", "Production orders, signed by a factory's production management system.") { Import() };

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "The order: CMS SignedData with the content inside, DER or PEM (openssl cms -sign -binary -nodetach -outform DER makes one); - reads standard input." };
        return new Command("import", "Takes a signed production order: each of its lines becomes a proposed quota. The same order again changes nothing.") { file }
            .WithExamples("stationctl ca orders import order.cms")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var order = await ca.Client.UploadAsync<ImportedOrder>("api/production-orders", Read(parsed.GetValue(file)!), "application/cms", cancellationToken);
                ca.Print(order, imported =>
                {
                    Console.WriteLine($"Order {imported.OrderNumber} of factory {imported.Factory}, signed by {imported.SignedBy}");
                    QuotaCommands.Print(imported.Quotas);
                });
                return ExitCode.Ok;
            });
    }

    private static byte[] Read(string file)
    {
        using var source = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        var buffer = new byte[MaxBytes + 1];
        var length = source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= MaxBytes ? buffer[..length] : throw new ConfigurationException($"{file} is larger than {MaxBytes} bytes; that is no production order.");
    }
}

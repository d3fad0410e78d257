using System.Globalization;
using ProvisioningStation.SystemTests.Kill;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.SystemTests.Firmware;

/// <summary>A factory whose line updates the firmware of its boards: the shipped files with what the sample <c>update-line.json</c> adds.</summary>
public sealed class FactoryThatUpdates : KillFactory
{
    /// <summary>What its boards are updated to.</summary>
    public const string Version = "2.0";

    /// <summary>How much of the image, in percent, the kernel can have taken at most when it has taken the first piece: 1 MiB.</summary>
    public const int FirstPercent = 13;

    private const int PayloadLength = 8_000_000;

    private readonly string _files = Directory.CreateTempSubdirectory("firmware").FullName;

    public FactoryThatUpdates()
    {
        TestImages.Shared.WriteKeys(Path.Combine(_files, "firmware-keys.pem"));
        Directory.CreateDirectory(Path.Combine(_files, "firmware"));
        TestImages.Shared.Write(Image, TestImages.Payload(PayloadLength), manifest => manifest with { Version = Version });
    }

    /// <summary>The image's file.</summary>
    public string Image => Path.Combine(_files, "firmware", "firmware.img");

    /// <summary>Where the boards' FTP is while it is open.</summary>
    public int FtpPort { get; } = FreePort.Find();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_files, recursive: true);
    }

    protected override string Configure(string file, string text) => file switch
    {
        "line-1001.json" => Add(text.Replace("\"WriteCertificate\"", "\"UpdateFirmware\", \"WriteCertificate\"", StringComparison.Ordinal), $$"""
            "Firmware": { "Images": "{{_files}}/firmware", "Keys": "{{_files}}/firmware-keys.pem", "FtpPort": {{FtpPort.ToString(CultureInfo.InvariantCulture)}} }
            """),
        "board.json" => Add(base.Configure(file, text).Replace("\"FirmwareVersion\"", $"\"FirmwareKeys\": \"{_files}/firmware-keys.pem\", \"FirmwareVersion\"", StringComparison.Ordinal), $$"""
            "Ftp": { "Port": {{FtpPort.ToString(CultureInfo.InvariantCulture)}}, "PassivePorts": "0" }
            """),
        _ => base.Configure(file, text),
    };

    private static string Add(string text, string section) => $"{text.TrimEnd()[..^1].TrimEnd()},\n{section}\n}}";
}

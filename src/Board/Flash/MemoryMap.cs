using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.Flash;

/// <summary>Where everything lies in the board's memories (P-25, P-26), as directories and files below its data directory.</summary>
internal sealed class MemoryMap(DataDirectory data)
{
    /// <summary>The most bytes of one slot that holds a certificate pack.</summary>
    public const int PackLimit = 16 * 1024;

    /// <summary>The most bytes of one slot of <see cref="CertificateRequest"/>.</summary>
    public const int RequestLimit = 4 * 1024;

    public string BootLoader => data.Resolve("flash/boot-loader");

    public string OsImage => data.Resolve("flash/os-image");

    public string Certificate => data.Resolve("flash/certificate");

    public string CommonCertificate => data.Resolve("flash/common-certificate");

    /// <summary>A key that the board made and its request (P-28), while no certificate answers it.</summary>
    public string CertificateRequest => data.Resolve("flash/certificate-request");

    public string Parameters => data.Resolve("flash/parameters");

    public string Nvram => data.Resolve("nvram");

    public string CommonCertificateInNvram => data.Resolve("nvram/common-certificate");

    public string MachineNumber => data.Resolve("nvram/machine-number");

    public string Counters => data.Resolve("nvram/counters");

    public string InitialValues => data.Resolve("nvram/initial-values");

    public string WriteResult => data.Resolve("nvram/write-result");

    /// <summary>The key that only this board has, under which private keys lie in flash. A real board keeps it in its secure element.</summary>
    public string DeviceKey => data.Resolve("secure-element/device.key");

    /// <summary>Where faults are ordered.</summary>
    public string Simulate => data.Resolve("simulate");

    /// <summary>How many of the next writes of a unit's certificate the flash spoils; a test or a demonstration writes the number here.</summary>
    public string FailWrites => data.Resolve("simulate/fail-writes");

    /// <summary>The same for writes of the common certificate.</summary>
    public string FailCommonWrites => data.Resolve("simulate/fail-common-writes");

    /// <summary>What assembly puts into a new board: directories, boot loader and firmware. What exists is left alone.</summary>
    public void Format(BoardOptions options)
    {
        string[] directories = [BootLoader, OsImage, Certificate, CommonCertificate, CertificateRequest, Parameters, CommonCertificateInNvram, Path.GetDirectoryName(DeviceKey)!, Path.GetDirectoryName(FailWrites)!];
        foreach (var directory in directories)
            DataDirectory.Open(directory);
        WriteOnce(Path.Combine(BootLoader, "version.txt"), "1.0.0");
        WriteOnce(Path.Combine(OsImage, "version.txt"), options.FirmwareVersion);
        WriteOnce(Path.Combine(Parameters, "board.txt"), "hardware=1");
    }

    /// <summary>The firmware in flash.</summary>
    public string ReadFirmwareVersion() => File.ReadAllText(Path.Combine(OsImage, "version.txt")).Trim();

    private static void WriteOnce(string path, string line)
    {
        if (!File.Exists(path))
            DurableFile.Write(path, Encoding.ASCII.GetBytes(line + "\n"));
    }
}

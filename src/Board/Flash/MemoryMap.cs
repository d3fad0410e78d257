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

    /// <summary>The most bytes of one slot for firmware.</summary>
    public const int SlotLimit = 1536 * 1024 * 1024;

    /// <summary>More bytes than a slot takes besides what came with the pack: line ends, nonce and tag of the key, digest.</summary>
    public const int SlotOverhead = 128;

    /// <summary>The most bytes of each area, of one slot where it has two; the README's table.</summary>
    public static IReadOnlyDictionary<string, int> Limits { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        [Areas.BootLoader] = 64 * 1024,
        [Areas.OsImage] = SlotLimit,
        [Areas.OsImage2] = SlotLimit,
        [Areas.Applications] = 256 * 1024 * 1024,
        [Areas.Certificate] = PackLimit,
        [Areas.CommonInFlash] = PackLimit,
        [Areas.CertificateRequest] = RequestLimit,
        [Areas.Parameters] = 4 * 1024,
        [Areas.MachineNumber] = 32,
        [Areas.InitialValues] = 2 * 1024,
        [Areas.Counters] = 1024,
        [Areas.CommonInNvram] = PackLimit,
        [Areas.WriteResult] = 2 * 1024,
        [Areas.Boot] = 4 * 1024,
        [Areas.UpdatePassword] = 1024,
    };

    public string BootLoader => data.Resolve(Areas.BootLoader);

    public string OsImage => data.Resolve(Areas.OsImage);

    /// <summary>The second slot for firmware (U-21).</summary>
    public string OsImage2 => data.Resolve(Areas.OsImage2);

    /// <summary>One directory for each application (U-18).</summary>
    public string Applications => data.Resolve(Areas.Applications);

    /// <summary>The keys that images are checked with, PEM.</summary>
    public string FirmwareKeys => data.Resolve(Areas.BootLoader + "/firmware-keys.pem");

    /// <summary>Which slot is started, and how often.</summary>
    public string Boot => data.Resolve(Areas.Boot);

    public string Certificate => data.Resolve(Areas.Certificate);

    public string CommonCertificate => data.Resolve(Areas.CommonInFlash);

    /// <summary>A key that the board made and its request (P-28), while no certificate answers it.</summary>
    public string CertificateRequest => data.Resolve(Areas.CertificateRequest);

    public string Parameters => data.Resolve(Areas.Parameters);

    public string Nvram => data.Resolve("nvram");

    public string CommonCertificateInNvram => data.Resolve(Areas.CommonInNvram);

    public string MachineNumber => data.Resolve(Areas.MachineNumber);

    public string Counters => data.Resolve(Areas.Counters);

    public string InitialValues => data.Resolve(Areas.InitialValues);

    public string WriteResult => data.Resolve(Areas.WriteResult);

    /// <summary>The one-time password of the updating side (U-3).</summary>
    public string UpdatePassword => data.Resolve(Areas.UpdatePassword);

    /// <summary>The key that only this board has, under which private keys lie in flash. A real board keeps it in its secure element.</summary>
    public string DeviceKey => data.Resolve("secure-element/device.key");

    /// <summary>Where faults are ordered.</summary>
    public string Simulate => data.Resolve("simulate");

    /// <summary>How many of the next writes of a unit's certificate the flash spoils; a test or a demonstration writes the number here.</summary>
    public string FailWrites => data.Resolve("simulate/fail-writes");

    /// <summary>The same for writes of the common certificate.</summary>
    public string FailCommonWrites => data.Resolve("simulate/fail-common-writes");

    /// <summary>The key at the control panel that asks for an update.</summary>
    public string BeginUpdate => data.Resolve("simulate/begin-update");

    /// <summary>What the control panel shows of the last update.</summary>
    public string UpdateResult => data.Resolve("simulate/update-result");

    /// <summary>What assembly puts into a new board: directories, boot loader and firmware. What exists is left alone.</summary>
    public void Format(BoardOptions options)
    {
        string[] directories = [BootLoader, OsImage, OsImage2, Applications, Certificate, CommonCertificate, CertificateRequest, Parameters, CommonCertificateInNvram, Path.GetDirectoryName(DeviceKey)!, Path.GetDirectoryName(FailWrites)!];
        foreach (var directory in directories)
            DataDirectory.Open(directory);
        WriteOnce(Path.Combine(Parameters, "board.txt"), "hardware=1");
        var assembled = Path.Combine(BootLoader, "version.txt");
        if (File.Exists(assembled))
            return; // what has been taken out of a slot since then is not put back
        if (options.FirmwareKeys is { } keys)
            CopyKeys(data.Resolve(keys));
        WriteOnce(Path.Combine(OsImage, "version.txt"), options.FirmwareVersion);
        WriteOnce(assembled, "1.0.0");
    }

    private void CopyKeys(string file)
    {
        foreach (var key in FirmwareKeyFile.Read(file, "Board:FirmwareKeys"))
            key.Dispose();
        DurableFile.Write(FirmwareKeys, File.ReadAllBytes(file));
    }

    /// <summary>The areas' names, in the log and in <c>/health</c>.</summary>
    internal static class Areas
    {
        public const string BootLoader = "flash/boot-loader";
        public const string OsImage = "flash/os-image";
        public const string OsImage2 = "flash/os-image-2";
        public const string Applications = "flash/applications";
        public const string Boot = "nvram/boot";
        public const string Parameters = "flash/parameters";
        public const string Certificate = "flash/certificate";
        public const string CommonInFlash = "flash/common-certificate";
        public const string CommonInNvram = "nvram/common-certificate";
        public const string CertificateRequest = "flash/certificate-request";
        public const string MachineNumber = "nvram/machine-number";
        public const string InitialValues = "nvram/initial-values";
        public const string Counters = "nvram/counters";
        public const string WriteResult = "nvram/write-result";
        public const string UpdatePassword = "nvram/update-password";
    }

    /// <summary>How many bytes lie in <paramref name="area"/>.</summary>
    public long Measure(string area)
    {
        var path = data.Resolve(area);
        return File.Exists(path) ? new FileInfo(path).Length
            : Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
            : 0;
    }

    private static void WriteOnce(string path, string line)
    {
        if (!File.Exists(path))
            DurableFile.Write(path, Encoding.ASCII.GetBytes(line + "\n"));
    }
}

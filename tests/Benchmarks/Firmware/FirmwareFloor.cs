using System.Net;
using System.Security.Cryptography;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>What boards and updating sides of one part share: a directory in memory where there is one, a PKI, a key that signs images. All of it is gone with this.</summary>
internal sealed class FirmwareFloor : IDisposable
{
    /// <summary>The version in every image.</summary>
    public const string Version = "2.0.0";

    private const int Block = 1 << 20;

    private readonly string _directory = System.IO.Path.Combine(ImageInMemory.Folder, $"firmware-{Guid.NewGuid():N}");
    private readonly TestPki _pki = new();
    private readonly TestImages _images = new();

    public FirmwareFloor()
    {
        Directory.CreateDirectory(_directory);
        Keys = _images.WriteKeys(Path("keys.pem"));
        _pki.WritePart(UpdatingSide, Role.Gateway, "G1");
        _images.WriteKeys(System.IO.Path.Combine(UpdatingSide, "firmware-keys.pem"));
        Gateway = TlsIdentity.Load(new TlsOptions(), new DataDirectory(UpdatingSide));
        Operator = _pki.Part(Role.Operator, "operator");
    }

    /// <summary>Where the slots lie, for the remark beside a figure.</summary>
    public string Kind => _directory.StartsWith("/dev/shm", StringComparison.Ordinal) ? "images and slots in RAM" : "images and slots on the disk";

    /// <summary>The PEM file with the key that boards trust.</summary>
    public string Keys { get; }

    /// <summary>The data directory of an updating side: certificate, key, trust.</summary>
    public string UpdatingSide => Path("updating-side");

    /// <summary>The updating side's certificate.</summary>
    public TlsIdentity Gateway { get; }

    /// <summary>An operator's certificate.</summary>
    public TlsIdentity Operator { get; }

    /// <summary>A free port of <paramref name="address"/>.</summary>
    public static int FreePort(IPAddress address)
    {
        using var listener = new System.Net.Sockets.TcpListener(address, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A file or folder of this floor.</summary>
    public string Path(string name) => System.IO.Path.Combine(_directory, name);

    /// <summary>Writes a signed image of exactly <paramref name="length"/> bytes, random ones behind its header.</summary>
    /// <returns>Its path.</returns>
    public string WriteImage(string name, long length)
    {
        var header = Sign(length, SHA256.HashData([]));
        var size = length - header.Length;
        using var file = File.Create(Path(name));
        file.Position = header.Length;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (block, random) = (new byte[Block], new Random(6));
        for (var left = size; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            var part = block.AsSpan(0, (int)Math.Min(block.Length, left));
            digest.AppendData(part);
            file.Write(part);
        }

        header = Sign(size, digest.GetHashAndReset());
        file.Position = 0;
        file.Write(header.Bytes.Span);
        return header.ImageLength == file.Length ? file.Name : throw new InvalidOperationException($"The header has another length with {size} bytes of payload than with {length}. Choose another length.");
    }

    /// <summary>A finished product's memories: common and own certificate, machine number.</summary>
    /// <returns>Its data directory.</returns>
    public string MakeBoard(string name, MachineNumber number)
    {
        var data = DataDirectory.Open(Path(name));
        using var content = new BoardContent(new MemoryMap(data), new BoardOptions { FirmwareKeys = Keys }, TimeProvider.System);
        content.WriteCommon(_pki.CommonPack);
        content.WriteOwn(_pki.DevicePack(number));
        content.InitializeParameters(number);
        return data.Path;
    }

    public void Dispose()
    {
        Gateway.Dispose();
        Operator.Dispose();
        _pki.Dispose();
        _images.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private ImageHeader Sign(long size, byte[] digest) => ImageHeader.Sign(
        new ImageManifest(ImageKind.Firmware, string.Empty, [ModelCode.Parse("3012")], Version, 2, 0, AllowsRollback: false, size, Fingerprint.Parse(Convert.ToHexStringLower(digest)), null),
        _images.Key);
}

using System.Net.Security;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// What this board has: read from its memories at start, after every interrupted replacement has been settled, and changed only after the new content has been
/// read back from the disk and found good.
/// </summary>
internal sealed class BoardContent : IDisposable
{
    private readonly MemoryMap _map;
    private readonly PackStorage _storage;
    private readonly KeyProtection _deviceKey;
    private readonly SslStreamCertificateContext _blank;
    private readonly ReplaceableDirectory _certificate;
    private readonly ReplaceableDirectory _commonInFlash;
    private readonly ReplaceableDirectory _commonInNvram;
    private readonly ReplaceableDirectory _request;
    private readonly BoardClock _clock;
    private readonly FlashFault _fault;
    private readonly FlashFault _commonFault;
    private volatile StoredPack? _own;
    private volatile StoredPack? _common;
    private volatile OpenRequest? _open;

    public BoardContent(MemoryMap map, BoardOptions options, TimeProvider time, Action<string>? reached = null, Action<string>? powerCut = null)
    {
        Faults = new SimulatedFaults(map.Simulate, powerCut);
        reached ??= KillPoint.Reached;
        _map = map;
        _storage = options.PackStorage;
        _certificate = new ReplaceableDirectory(map.Certificate, MemoryMap.PackLimit, BoardKillPoints.Of("certificate"), Faults, reached);
        _commonInFlash = new ReplaceableDirectory(map.CommonCertificate, MemoryMap.PackLimit, BoardKillPoints.Of("common-flash"), Faults, reached);
        _commonInNvram = new ReplaceableDirectory(map.CommonCertificateInNvram, MemoryMap.PackLimit, BoardKillPoints.Of("common-nvram"), Faults, reached);
        _request = new ReplaceableDirectory(map.CertificateRequest, MemoryMap.RequestLimit, BoardKillPoints.Of("certificate-request"), Faults, reached);
        _clock = new BoardClock(time);
        _fault = new FlashFault(map.FailWrites);
        _commonFault = new FlashFault(map.FailCommonWrites);
        _certificate.Recover(); // before Format, which makes what is missing
        _commonInFlash.Recover();
        _commonInNvram.Recover();
        _request.Recover();
        map.Format(options);
        _deviceKey = KeyProtection.LoadOrCreate(map.DeviceKey);
        _blank = BlankCertificate.Create(time);
        FirmwareVersion = map.ReadFirmwareVersion();
        _own = StoredPack.TryRead(map.Certificate, _deviceKey, Role.Device);
        _common = ReadCommon();
        _clock.Learn(_common, first: true);
        _clock.Learn(_own, first: _common is null);
        _open = OpenRequest.TryRead(map.CertificateRequest, _deviceKey);
        ClearAnsweredRequest();
    }

    /// <summary>What goes wrong on command.</summary>
    public SimulatedFaults Faults { get; }

    /// <summary>The firmware in flash.</summary>
    public string FirmwareVersion { get; }

    /// <summary>The unit's own pack, verified; null before the product line.</summary>
    public StoredPack? Own => _own;

    /// <summary>The common pack, verified; null before the board line.</summary>
    public StoredPack? Common => _common;

    /// <summary>The request for a certificate with a key that the board made, while it is not answered (P-28).</summary>
    public OpenRequest? Open => _open;

    /// <summary>The machine number in NVRAM, null until the parameters are initialised.</summary>
    public MachineNumber? MachineNumber =>
        File.Exists(_map.MachineNumber) && Protocol.MachineNumber.TryParse(File.ReadAllText(_map.MachineNumber).Trim(), out var number) ? number : null;

    /// <summary>How far it has come.</summary>
    public BoardState State => (_own, _common) switch
    {
        ({ } own, _) => MachineNumber == own.MachineNumber && File.Exists(_map.Counters) && File.Exists(_map.InitialValues) ? BoardState.Initialized : BoardState.Certified,
        (null, not null) => BoardState.Common,
        _ => BoardState.Blank,
    };

    /// <summary>What the next TLS connection gets: the own certificate, else the common one, else one that proves nothing and asks for nothing.</summary>
    public TlsTerms Terms() => (_own ?? _common)?.Identity is { } identity ? new TlsTerms(identity.Context, identity.Root, _clock.Apply) : new TlsTerms(_blank, null);

    /// <summary>Writes the common pack to flash and NVRAM (P-11).</summary>
    /// <exception cref="ProvisioningException">What was read back is not what was to be written; the board has what it had before.</exception>
    public void WriteCommon(CertificatePack pack)
    {
        PackRules.Require(pack, Role.Board, null, null, _clock);
        var files = StoredPack.ToFiles(pack, _deviceKey, storage: _storage);
        Replace(_commonInFlash, Spoil(files, _commonFault), pack, Role.Board);
        _common = Replace(_commonInNvram, files, pack, Role.Board);
        _clock.Learn(_common, first: true);
    }

    /// <summary>Writes the unit's own pack to flash (P-12).</summary>
    /// <inheritdoc cref="WriteCommon"/>
    public void WriteOwn(CertificatePack pack)
    {
        PackRules.Require(pack, Role.Device, _own, _open, _clock);
        _own = Replace(_certificate, Spoil(StoredPack.ToFiles(pack, _deviceKey, _open, _storage), _fault), pack, Role.Device);
        _clock.Learn(_own, first: false);
        ClearAnsweredRequest();
    }

    /// <summary>The open request for <paramref name="number"/>, or a new one with a new key, in flash before it is returned (P-28).</summary>
    /// <exception cref="ProvisioningException">It could not be written.</exception>
    public OpenRequest RequestCertificate(MachineNumber number)
    {
        if (_open is { } open && open.MachineNumber == number)
            return open;
        return _open = _request.Replace(OpenRequest.Make(number, _deviceKey), directory => OpenRequest.Read(directory, _deviceKey));
    }

    /// <summary>Sets the parameters in NVRAM that are not set yet; counters that count are never touched again (P-26).</summary>
    public void InitializeParameters(MachineNumber number)
    {
        KillPoint.Reached(BoardKillPoints.BeforeMachineNumber);
        SetOnce(_map.MachineNumber, $"{number}\n");
        KillPoint.Reached(BoardKillPoints.AfterMachineNumber);
        SetOnce(_map.Counters, "copies=0\nprints=0\nscans=0\n");
        KillPoint.Reached(BoardKillPoints.AfterCounters);
        SetOnce(_map.InitialValues, "language=ja\npower-save-minutes=15\n");
        KillPoint.Reached(BoardKillPoints.AfterInitialValues);
        DurableFile.SyncDirectory(_map.Nvram); // one for all three: each file is whole or absent, and what is absent is set again
    }

    /// <inheritdoc/>
    public void Dispose() => _deviceKey.Dispose();

    private void ClearAnsweredRequest()
    {
        if (_open is not { } open || _own?.PublicKeyInfo.AsSpan().SequenceEqual(open.PublicKeyInfo) != true)
            return;
        _request.Clear(BoardKillPoints.BeforeRequestCleared, BoardKillPoints.BetweenRequestCleared, BoardKillPoints.AfterRequestCleared);
        _open = null;
    }

    private StoredPack? ReadCommon()
    {
        var flash = StoredPack.TryRead(_map.CommonCertificate, _deviceKey, Role.Board);
        var nvram = StoredPack.TryRead(_map.CommonCertificateInNvram, _deviceKey, Role.Board);
        if (flash is not null && nvram?.Fingerprint != flash.Fingerprint)
            Copy(_map.CommonCertificate, _commonInNvram); // the power went between the two
        else if (flash is null && nvram is not null)
            Copy(_map.CommonCertificateInNvram, _commonInFlash);
        return flash ?? nvram;
    }

    private void Copy(string source, ReplaceableDirectory target)
    {
        var files = Directory.EnumerateFiles(source).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))).ToList();
        target.Replace(files, directory => StoredPack.Read(directory, _deviceKey, Role.Board));
    }

    private static List<(string Name, byte[] Content)> Spoil(List<(string Name, byte[] Content)> files, FlashFault fault)
    {
        var certificate = files.FindIndex(file => file.Name == StoredPack.CertificateFile);
        return [.. files[..certificate], (files[certificate].Name, fault.Pass(files[certificate].Content)), .. files[(certificate + 1)..]];
    }

    private StoredPack Replace(ReplaceableDirectory directory, List<(string Name, byte[] Content)> files, CertificatePack pack, Role role) =>
        directory.Replace(files, written =>
        {
            var read = StoredPack.Read(written, _deviceKey, role);
            if (read.Fingerprint != pack.Fingerprint || read.MachineNumber != pack.MachineNumber)
                throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "What was read back from flash is not the certificate that was to be written.");
            return read;
        });

    private static void SetOnce(string path, string content)
    {
        if (File.Exists(path))
            return;
        DurableFile.WriteInPlace(path + ".tmp", Encoding.ASCII.GetBytes(content));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The two places for firmware (U-21).</summary>
internal enum SlotName
{
    /// <summary><c>flash/os-image</c>; assembly puts the first firmware here.</summary>
    A,

    /// <summary><c>flash/os-image-2</c>.</summary>
    B,
}

/// <summary>What the boot loader knows, NVRAM <c>boot</c>. A board fresh from assembly has none, which is slot A and nothing else.</summary>
internal sealed record BootRecord
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The slot whose firmware has committed.</summary>
    public SlotName Active { get; init; }

    /// <summary>The slot that is to be started on trial, null where none is.</summary>
    public SlotName? Trial { get; init; }

    /// <summary>How often the slot on trial may still be started.</summary>
    public int BootsLeft { get; init; }

    /// <summary>Whether the slot that is not active holds a firmware that once committed: what is started where the active one is damaged.</summary>
    public bool HasSpare { get; init; }

    /// <summary>The largest minimum sequence of all firmware that ever committed: nothing below it is installed or started again (U-20).</summary>
    public long Floor { get; init; }

    /// <summary>Of the firmware that committed last: a board that has lost it still takes nothing older, unless the manifest allows it.</summary>
    public long Sequence { get; init; }

    /// <summary>The floor of each application.</summary>
    public IReadOnlyDictionary<string, long> ApplicationFloors { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Why the board fell back the last time, a sentence; null since the next upload began.</summary>
    public string? FallBack { get; init; }

    /// <summary>The slot that is not active.</summary>
    [JsonIgnore]
    public SlotName Inactive => Active == SlotName.A ? SlotName.B : SlotName.A;

    /// <summary>Reads the record, null where there is none.</summary>
    /// <exception cref="Protocol.ProvisioningException">What lies there is not what was written.</exception>
    public static BootRecord? Read(string file) =>
        NvramValue.Read(file) is { } json ? JsonSerializer.Deserialize<BootRecord>(json, Json) : null;

    /// <summary>Writes the record; it is the old or the new one after a power cut.</summary>
    public void Write(string file) => DurableFile.Write(file, NvramValue.Seal([.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']));
}

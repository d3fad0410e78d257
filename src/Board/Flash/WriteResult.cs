using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Flash;

/// <summary>How the last write went, as NVRAM keeps it until it is acknowledged (P-19).</summary>
internal sealed record WriteResult(WriteState State, string? Detail, string? CertificateFingerprint)
{
    /// <summary>The most characters of <see cref="Detail"/>.</summary>
    public const int DetailLimit = 500;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // the area is small

    /// <summary>Nothing written, or acknowledged.</summary>
    public static WriteResult Idle { get; } = new(WriteState.Idle, null, null);

    /// <summary>A result about the certificate with <paramref name="fingerprint"/>.</summary>
    public static WriteResult Of(WriteState state, string? detail, Fingerprint fingerprint) =>
        new(state, detail?.Length > DetailLimit ? detail[..(DetailLimit - (char.IsHighSurrogate(detail[DetailLimit - 2]) ? 2 : 1))] + "…" : detail, fingerprint.ToString());

    /// <summary>Reads the file; an absent or damaged one is <see cref="Idle"/>: the station asks the terminal, which orders another certificate where this one is not in place.</summary>
    public static WriteResult Read(string file) =>
        NvramValue.TryRead(file) is { } json ? JsonSerializer.Deserialize<WriteResult>(json, Json)! : Idle;

    /// <summary>Writes the file; <see cref="Idle"/> removes it.</summary>
    public void Write(string file)
    {
        if (State != WriteState.Idle)
        {
            DurableFile.Write(file, NvramValue.Seal([.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']));
            return;
        }

        File.Delete(file);
        DurableFile.SyncDirectory(Path.GetDirectoryName(file)!);
    }

    /// <summary>Whether it is about the certificate with <paramref name="fingerprint"/>.</summary>
    public bool IsAbout(Fingerprint fingerprint) => CertificateFingerprint == fingerprint.ToString();

    /// <summary>As the wire says it.</summary>
    public GetWriteResultResponse ToResponse() => new(State, Detail, CertificateFingerprint is { } text ? Fingerprint.Parse(text) : null);
}

using System.Formats.Asn1;
using System.Globalization;

namespace ProvisioningStation.Protocol.Firmware;

/// <summary>What an image is for.</summary>
public enum ImageKind
{
    /// <summary>The board's own program.</summary>
    Firmware,

    /// <summary>Other software on the board (U-18).</summary>
    Application,
}

/// <summary>
/// What is in an image and which boards may install it (U-20). It is DER, so that the same values always are the same bytes:
/// <code>
/// Manifest ::= SEQUENCE {
///   format          INTEGER (1),
///   kind            ENUMERATED { firmware(0), application(1) },
///   name            UTF8String,                        -- of the application; empty for firmware
///   models          SEQUENCE SIZE (1..64) OF UTF8String,
///   version         UTF8String,
///   sequence        INTEGER (1..2^53),
///   minimumSequence INTEGER (0..2^53),
///   allowsRollback  BOOLEAN,
///   size            INTEGER (1..2^40),                 -- bytes of the payload
///   sha256          OCTET STRING (SIZE (32)),          -- of the payload
///   expires         GeneralizedTime OPTIONAL }
/// </code>
/// </summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Name">The application's name; empty for firmware.</param>
/// <param name="Models">The models that may install it, 1 to 64.</param>
/// <param name="Version">Its name among people, as <c>version.txt</c> says it.</param>
/// <param name="Sequence">Counts up with every release; older is smaller.</param>
/// <param name="MinimumSequence">Once this image runs, nothing with a smaller sequence is ever installed again; 0 forbids nothing.</param>
/// <param name="AllowsRollback">Whether it may replace one with a larger sequence.</param>
/// <param name="Size">Bytes of the payload.</param>
/// <param name="Sha256">Of the payload.</param>
/// <param name="Expires">No board installs it after this moment, a whole second; null where it does not expire.</param>
public sealed record ImageManifest(
    ImageKind Kind,
    string Name,
    IReadOnlyList<ModelCode> Models,
    string Version,
    long Sequence,
    long MinimumSequence,
    bool AllowsRollback,
    long Size,
    Fingerprint Sha256,
    DateTimeOffset? Expires)
{
    /// <summary>The most bytes of a manifest.</summary>
    public const int MaxLength = 4096;

    /// <summary>The largest sequence, 2^53.</summary>
    public const long MaxSequence = 1L << 53;

    /// <summary>The most bytes of a payload, 2^40.</summary>
    public const long MaxSize = 1L << 40;

    private const int MaxModels = 64;

    /// <summary>Whether no board installs it any more at <paramref name="moment"/>.</summary>
    public bool HasExpired(DateTimeOffset moment) => Expires < moment;

    /// <summary>Whether <paramref name="text"/> can be an application's name: it is part of a file's name on the board.</summary>
    public static bool IsApplicationName(string? text) => text is { Length: >= 1 and <= 32 } && text[0] != '-' && text.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c) || c == '-');

    /// <summary>The manifest's bytes.</summary>
    /// <inheritdoc cref="RequireAllowed"/>
    public byte[] ToDer()
    {
        RequireAllowed();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEnumeratedValue(Kind);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, Name);
            using (writer.PushSequence())
            {
                foreach (var model in Models)
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, model.ToString());
            }

            writer.WriteCharacterString(UniversalTagNumber.UTF8String, Version);
            writer.WriteInteger(Sequence);
            writer.WriteInteger(MinimumSequence);
            writer.WriteBoolean(AllowsRollback);
            writer.WriteInteger(Size);
            writer.WriteOctetString(Convert.FromHexString(Sha256.ToString()));
            if (Expires is { } expires)
                writer.WriteGeneralizedTime(expires, omitFractionalSeconds: true);
        }

        return writer.Encode();
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public static ImageManifest Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var reader = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (reader.ReadInteger() is var format && format != 1)
                throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's manifest is of format {Printable.Shorten(format.ToString(CultureInfo.InvariantCulture))}; this program knows format 1.");
            var manifest = new ImageManifest(
                reader.ReadEnumeratedValue<ImageKind>(),
                reader.ReadCharacterString(UniversalTagNumber.UTF8String),
                ReadModels(reader.ReadSequence()),
                reader.ReadCharacterString(UniversalTagNumber.UTF8String),
                ReadNumber(reader),
                ReadNumber(reader),
                reader.ReadBoolean(),
                ReadNumber(reader),
                Fingerprint.Parse(Convert.ToHexStringLower(reader.ReadOctetString())),
                reader.HasData ? reader.ReadGeneralizedTime() : null);
            reader.ThrowIfNotEmpty();
            manifest.RequireAllowed();
            return manifest;
        }
        catch (Exception cause) when (cause is AsnContentException or ProvisioningException { Code: not ErrorCode.InvalidImage } or OverflowException)
        {
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's manifest can't be read: {Printable.Shorten(cause.Message, 200)}", cause);
        }
    }

    private static List<ModelCode> ReadModels(AsnReader reader)
    {
        var models = new List<ModelCode>();
        while (reader.HasData && models.Count <= MaxModels)
            models.Add(ModelCode.Parse(reader.ReadCharacterString(UniversalTagNumber.UTF8String)));
        return models;
    }

    private static long ReadNumber(AsnReader reader) => reader.TryReadInt64(out var number) ? number : throw new OverflowException("A number is larger than any that is allowed.");

    /// <summary>Passes a manifest whose values are allowed.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>; the message names the value that is not.</exception>
    public void RequireAllowed()
    {
        string? problem = null;
        if (!Enum.IsDefined(Kind))
            problem = "its kind is unknown";
        else if (Kind == ImageKind.Firmware && Name.Length > 0)
            problem = "firmware has no name";
        else if (Kind == ImageKind.Application && !IsApplicationName(Name))
            problem = "an application's name has 1 to 32 small letters, digits and '-', and begins with no '-'";
        else if (Models.Count is 0 or > MaxModels || Models.Distinct().Count() != Models.Count)
            problem = $"it names {Models.Count} models; allowed are 1 to {MaxModels}, each once";
        else if (!FirmwareVersion.IsValid(Version))
            problem = $"its version has other than {FirmwareVersion.Allowed}";
        else if (Sequence is < 1 or > MaxSequence)
            problem = $"its sequence is {Sequence}; allowed is 1 to {MaxSequence}";
        else if (MinimumSequence < 0 || MinimumSequence > Sequence)
            problem = $"its minimum sequence is {MinimumSequence}; allowed is 0 to its own sequence, {Sequence}";
        else if (Size is < 1 or > MaxSize)
            problem = $"its payload has {Size} bytes; allowed is 1 to {MaxSize}";
        else if (Expires is { } expires && expires.Ticks % TimeSpan.TicksPerSecond != 0)
            problem = "it expires within a second; allowed are whole seconds";
        if (problem is not null)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's manifest is not allowed: {problem}.");
    }
}

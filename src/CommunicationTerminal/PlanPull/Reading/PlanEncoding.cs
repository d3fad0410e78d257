using System.Text;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>How the factory's system writes text.</summary>
internal enum PlanEncoding
{
    /// <summary>UTF-8, with or without a byte order mark.</summary>
    Utf8,

    /// <summary>Shift-JIS as Windows writes it (code page 932), which much of a Japanese factory's software still does.</summary>
    ShiftJis,
}

/// <summary>What an encoding is called, and its decoder.</summary>
internal static class PlanEncodings
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Encoding ShiftJis =
        CodePagesEncodingProvider.Instance.GetEncoding(932, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;

    /// <summary>The names under which it comes in a media type, for people first.</summary>
    public static IReadOnlyList<string> Names(this PlanEncoding encoding) =>
        encoding == PlanEncoding.ShiftJis ? ["Shift-JIS", "shift_jis", "windows-31j", "cp932", "ms932"] : ["UTF-8"];

    /// <summary>A decoder that refuses bytes which belong to no character.</summary>
    public static Encoding Strict(this PlanEncoding encoding) => encoding == PlanEncoding.ShiftJis ? ShiftJis : Utf8;
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>A file in the folder, read without following links and without waiting for anybody who writes into a pipe of that name.</summary>
internal static partial class PlanFile
{
    private const int MaxNameLength = 120;
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int TooManyLinks = 40; // ELOOP: it is a link

    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>The media type by the name's end, null where it is no plan's.</summary>
    public static MediaTypeHeaderValue? FindType(string name) => Path.GetExtension(name).ToUpperInvariant() switch
    {
        ".CSV" => new MediaTypeHeaderValue(PlanReader.Csv),
        ".JSON" => new MediaTypeHeaderValue(PlanReader.Json),
        _ => null,
    };

    /// <summary>The month in a name such as <c>plan-2026-11.csv</c> or <c>202611_plan.csv</c>, null where there is none.</summary>
    public static PlanMonth? FindMonth(string name)
    {
        var match = MonthInName().Match(name);
        return match.Success ? new PlanMonth(Number("year"), Number("month")) : null;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    /// <summary>A name as people may see it and as a table takes it: without directories and control characters, cut. Nothing is ever opened by it.</summary>
    public static string NameOf(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var printed = string.Concat(last.Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return printed.Length <= MaxNameLength ? printed : "…" + printed[^MaxNameLength..];
    }

    /// <summary>The bytes of a regular file.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/> where it is a link, no regular file, or too long.</exception>
    /// <exception cref="IOException">It can't be read now.</exception>
    public static byte[] Read(string path)
    {
        using var handle = Open(path);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek)
            throw PlanReader.Invalid("It is not a regular file.");
        if (stream.Length > PlanReader.MaxBytes)
            throw PlanReader.Invalid($"The plan is longer than {PlanReader.MaxBytes} bytes.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false) is null
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None)
                : throw PlanReader.Invalid("It is a link.");
        }

        var descriptor = Open(path, ReadOnly | NonBlocking | NoFollow | CloseOnExec);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        throw error == TooManyLinks
            ? PlanReader.Invalid("It is a link. Only files themselves are taken.")
            : new IOException($"{path} can't be read (errno {error}: {Marshal.GetPInvokeErrorMessage(error)}).");
    }

    [GeneratedRegex(@"(?<!\d)(?<year>20\d\d)[-_.]?(?<month>0[1-9]|1[0-2])(?!\d)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MonthInName();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}

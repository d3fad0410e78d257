using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>What the kiosk says of a running firmware update, in both languages (<c>KioskText.resx</c>, <c>KioskText.ja.resx</c>). What a board waits for comes in its own words; the usual ones are put into the worker's.</summary>
internal static partial class FirmwareText
{
    private const int LongestReason = 80; // two lines, read from two metres

    private static readonly ResourceManager Texts = new(typeof(KioskText));

    /// <summary>One line: "Updating firmware 43 %", "Waiting: printing job 3 of 5".</summary>
    public static string Of(UpdateProgress progress, string language)
    {
        var detail = progress.Detail ?? string.Empty;
        if (detail == "restarting")
            return Text("Restarting", language);
        if (progress.IsAway)
            return Text("Away", language);
        if (progress is { State: UpdateState.Sending, Percent: { } percent })
            return Text("Percent", language, percent);
        if (progress.State != UpdateState.Sent)
            return Text("Updating", language);
        if (detail.StartsWith("waiting: ", StringComparison.Ordinal))
            return Text("Waiting", language, WhatFor(detail["waiting: ".Length..], language));
        return Text("Installing", language);
    }

    private static string WhatFor(string detail, string language) =>
        Job().Match(detail) is { Success: true } job ? Text("Job", language, job.Groups["n"].Value, job.Groups["of"].Value) : Printable.Shorten(detail, LongestReason);

    private static string Text(string name, string language, params object[] values)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        return string.Format(culture, Texts.GetString($"Firmware.{name}", culture)!, values);
    }

    [GeneratedRegex("^printing job (?<n>[0-9]{1,6}) of (?<of>[0-9]{1,6})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Job();
}

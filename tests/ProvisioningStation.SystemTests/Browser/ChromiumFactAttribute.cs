using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>Debian's browser, and the accessibility checker that <c>tests/run.sh</c> fetches from npm.</summary>
internal static class Chromium
{
    public const string Path = "/usr/bin/chromium";

    /// <summary>axe-core's script; null where it was not fetched.</summary>
    public static string? Axe { get; } = Environment.GetEnvironmentVariable("PROVISIONING_AXE") is { } named && File.Exists(named) ? named : null;

    /// <summary>Where screenshots go for somebody to look at; null where nobody asked for them.</summary>
    public static string? Screenshots { get; } = Environment.GetEnvironmentVariable("PROVISIONING_SCREENSHOTS");

    /// <summary>Why a test in the browser can't run here.</summary>
    public static string? FindReasonToSkip(bool needsAxe) => !Tool.Exists(Path) ? "chromium is not installed here."
        : needsAxe && Axe is null ? "axe-core was not fetched: bash tests/run.sh does it where npm answers, and names its script in PROVISIONING_AXE."
        : null;
}

/// <summary>A test in a real browser: skipped, visibly, where there is none.</summary>
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Chromium.FindReasonToSkip(needsAxe: false);
}

/// <inheritdoc cref="ChromiumFactAttribute"/>
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute(bool needsAxe = false) => Skip = Chromium.FindReasonToSkip(needsAxe);
}

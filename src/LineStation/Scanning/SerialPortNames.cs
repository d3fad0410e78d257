namespace ProvisioningStation.LineStation.Scanning;

/// <summary>The names that udev gives to USB serial ports (<c>/dev/serial/by-id</c>, <c>by-path</c>): they stay the same whichever socket or order scanners are plugged in.</summary>
internal static class SerialPortNames
{
    private const int MostNames = 8;

    /// <summary>For a name of that kind which is not there: what is there instead, in a sentence; null for other names.</summary>
    public static string? WhatIsThere(string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (Path.GetFileName(folder) is not ("by-id" or "by-path"))
            return null;
        var names = Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder!).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList() : [];
        var there = names.Count == 0
            ? "no USB serial port is plugged in at all"
            : $"there {(names.Count == 1 ? "is" : "are")} {string.Join(", ", names.Take(MostNames))}{(names.Count > MostNames ? $" and {names.Count - MostNames} more" : string.Empty)}";
        return $"{path} is not there; {there}. Plug the scanner in, or correct Scanner:Port.";
    }
}

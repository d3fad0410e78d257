namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>The memory of the real board program, fresh from its start, while one image arrives over FTP: it must not depend on the image's length.</summary>
internal static class BoardMemory
{
    public static async Task RunAsync(long length, Figures figures, CancellationToken cancellationToken)
    {
        using var floor = new FirmwareFloor();
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var board = await MeasuredBoard.StartAsync(floor, "board", own: false, none, cancellationToken);
        using var sender = new SenderProcess(floor, none);
        await board.TakeAsync(sender, Way.Ftp, floor.WriteImage("small-image", 1 << 20), cancellationToken); // the code that an upload needs is in memory
        var image = floor.WriteImage("image", length);
        var before = BenchmarkFactory.ResidentBytes(board.ProcessId);
        await File.WriteAllTextAsync($"/proc/{board.ProcessId}/clear_refs", "5", cancellationToken); // the peak begins anew: proc(5)
        await board.TakeAsync(sender, Way.Ftp, image, cancellationToken);
        var peak = BenchmarkFactory.PeakBytes(board.ProcessId);
        figures.Add("board_peak_bytes", peak, "B", $"most resident memory of the board while {length >> 20} MiB arrive and are read back");
        figures.Add("board_base_bytes", before, "B", "of it before: runtime, TLS and SOAP, and an upload of 1 MiB");
        figures.Add("board_anonymous_bytes", BenchmarkFactory.AnonymousBytes(board.ProcessId), "B", "the board's own pages afterwards; the rest are the runtime's files, which all .NET programs of a machine share");
        figures.Add("board_growth_bytes", peak - before, "B", "the difference: 64 MB are allowed");
    }
}

using System.Diagnostics;
using System.Text.Json;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>An <see cref="ImageSender"/> as a process.</summary>
internal sealed class SenderProcess : IDisposable
{
    private readonly Process _process;

    public SenderProcess(FirmwareFloor floor, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(SenderProcess).Assembly.Location, ImageSender.Command, floor.UpdatingSide])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>Sends one image.</summary>
    /// <exception cref="InvalidOperationException">It did not get there.</exception>
    public async Task<SendResult> SendAsync(SendOrder order, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order).AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var answer = await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The sender ended.");
        var result = JsonSerializer.Deserialize<SendResult>(answer)!;
        return result.Problem is null ? result : throw new InvalidOperationException($"{order.Way}: {result.Problem}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

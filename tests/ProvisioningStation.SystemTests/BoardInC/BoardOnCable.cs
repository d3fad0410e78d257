using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.BoardInC;

/// <summary>A board in C on a line's cable: its memories stay when its power goes.</summary>
public sealed class BoardOnCable(string program, string memories, Uri cable) : IAsyncDisposable
{
    private const int Killed = 128 + 9;

    private readonly StringBuilder _said = new();
    private Process? _process;

    /// <summary>Where it listens.</summary>
    public Uri Cable => cable;

    /// <summary>The number in NVRAM; null before the parameters are initialised.</summary>
    public string? MachineNumber => Read("nvram/machine-number")?.Split("check=")[0];

    /// <summary>The result that is kept until it is acknowledged.</summary>
    public string? KeptResult => Read("nvram/write-result");

    /// <summary>The board's own certificate in flash.</summary>
    public string? Certificate => Read("flash/certificate");

    /// <summary>The common certificate in flash.</summary>
    public string? CommonCertificate => Read("flash/common-certificate");

    /// <summary>The same in NVRAM.</summary>
    public string? CommonCertificateInNvram => Read("nvram/common-certificate");

    /// <summary>The fingerprint of the certificate in flash.</summary>
    public string Fingerprint
    {
        get
        {
            using var certificate = X509Certificate2.CreateFromPem(Certificate);
            return Protocol.Fingerprint.Of(certificate.RawData).ToString();
        }
    }

    /// <summary>Powers the board on; <paramref name="cutAt"/> is where its power is cut, <paramref name="clock"/> what its clock says for ever.</summary>
    public async Task PowerOnAsync(string? cutAt = null, int flashMilliseconds = 20, DateTimeOffset? clock = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in new[] { memories, cable.Host, cable.Port.ToString(CultureInfo.InvariantCulture), flashMilliseconds.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        if (cutAt is not null)
            start.Environment["BOARD_POWER_CUT"] = cutAt;
        if (clock is { } said)
            start.Environment["BOARD_CLOCK"] = said.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
                _said.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var first = await _process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(first == "listening", $"The board said '{first}' {Said()}");
    }

    /// <summary>Waits until the board has died by the power cut it was started with.</summary>
    public async Task AssertPowerWasCutAsync(string at)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process!.WaitForExitAsync(limit.Token);
        Assert.Equal(Killed, _process.ExitCode);
        Assert.Contains($"power cut at {at}", Said(), StringComparison.Ordinal);
        Forget();
    }

    /// <summary>Takes its power away, at whatever it is doing.</summary>
    public async Task CutPowerAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        Forget();
    }

    /// <summary>While its power is off, one bit of an area changes.</summary>
    public void Rot(string area)
    {
        var file = Path.Combine(memories, area);
        var content = File.ReadAllBytes(file);
        content[content.Length / 3] ^= 0x01;
        File.WriteAllBytes(file, content);
    }

    /// <summary>Ends the program in good order; the address sanitizer, where it is built in, then says what was lost.</summary>
    public async Task EndAsync()
    {
        await Tool.RunOkAsync("kill", "-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(limit.Token);
        Assert.True(_process.ExitCode == 0, $"The board ended with {_process.ExitCode}: {Said()}");
        Forget();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await CutPowerAsync();
    }

    private string? Read(string area) => Path.Combine(memories, area) is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    private string Said()
    {
        lock (_said)
            return _said.ToString();
    }

    private void Forget()
    {
        _process!.Dispose();
        _process = null;
    }
}

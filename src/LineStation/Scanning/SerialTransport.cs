using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A scanner on a serial port.</summary>
internal sealed class SerialTransport(ScannerOptions options, DataDirectory data) : IScannerTransport
{
    private readonly string _path = data.Resolve(options.Port);

    /// <inheritdoc/>
    public ScanSource Source => ScanSource.Serial;

    /// <inheritdoc/>
    public string Name => $"{_path}, {options.Baud} {options.Format}";

    /// <inheritdoc/>
    public TimeSpan LongestPause => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IScannerConnection Open(CancellationToken cancellationToken) => SerialPort.Open(_path, options.Baud, SerialFormat.Find(options.Format), options.FlowControl);

    /// <inheritdoc/>
    public void Dispose()
    {
        // A port is the connection's.
    }
}

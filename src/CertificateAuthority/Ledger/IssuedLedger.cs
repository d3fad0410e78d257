using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Ledger;

/// <summary>
/// What a restored backup can't know: a file beside the database to which every reservation and revocation is appended, on the disk before the database commits it. It may stand
/// on another disk. One line of JSON per entry; a line without its end is the trace of a power cut and belongs to nothing that was committed.
/// </summary>
internal sealed class IssuedLedger : IDisposable
{
    private readonly FileStream _file;

    public IssuedLedger(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DataDirectory.OwnerOnlyFile;
        _file = new FileStream(path, options);
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends lines and forces them to the disk. Called inside the write transaction, of which there is one at a time.</summary>
    /// <exception cref="IOException">The disk is full or gone; the file is as long as before.</exception>
    public void Append(IEnumerable<string> lines)
    {
        var start = _file.Position;
        try
        {
            foreach (var line in lines)
            {
                _file.Write(Encoding.UTF8.GetBytes(line));
                _file.WriteByte((byte)'\n');
            }

            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _file.SetLength(start);
            _file.Seek(start, SeekOrigin.Begin);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

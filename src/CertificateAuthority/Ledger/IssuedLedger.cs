using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Ledger;

/// <summary>
/// What a restored backup can't know: a file beside the database to which every reservation and revocation is appended, on the disk before the database commits it. It may stand
/// on another disk. One line of JSON per entry; the lines of one transaction stand behind a line of their own that begins it. Lines of a transaction that was rolled back are taken out
/// again; those of one that a kill or a power cut ended are withdrawn at the next start.
/// </summary>
internal sealed class IssuedLedger : IDisposable
{
    private const int TailSize = 64 * 1024;

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    private readonly FileStream _file;
    private long _settled;

    public IssuedLedger(string path)
    {
        Path = path;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DataDirectory.OwnerOnlyFile;
        _file = new FileStream(path, options);
        CutTornLine();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>How long it is, in octets.</summary>
    public long Length => _settled;

    /// <summary>Appends lines and forces them to the disk. Called inside the write transaction, of which there is one at a time.</summary>
    /// <exception cref="IOException">The disk is full or gone; the transaction has to end with it.</exception>
    public void Append(IEnumerable<string> lines)
    {
        using var buffer = new MemoryStream();
        if (_file.Position == _settled)
            AddLine(buffer, LedgerEntry.TransactionLine);
        foreach (var line in lines)
            AddLine(buffer, line);
        _file.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        _file.Flush(flushToDisk: true);
    }

    /// <summary>The transaction has ended: what was appended in it stays and is marked as committed, or goes with it.</summary>
    public void Settle(bool committed)
    {
        if (_file.Position == _settled)
            return;
        if (committed)
            Mark();
        else
            CutTo(_settled);
        _settled = _file.Position;
    }

    /// <summary>
    /// Tells a database that was put back from one that a kill kept from committing. Handed to the system, which a kill does not undo, and not forced to the disk: the transaction is there already.
    /// </summary>
    private void Mark()
    {
        var end = _file.Position;
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(LedgerEntry.CommittedLine + "\n"));
            _file.Flush();
        }
        catch (IOException)
        {
            CutTo(end); // the disk is full; the transaction itself is in both
        }
    }

    private void CutTo(long end)
    {
        _file.SetLength(end);
        _file.Seek(end, SeekOrigin.Begin);
    }

    /// <summary>Says of the last transaction, which a kill has ended, that it never was.</summary>
    public void WithdrawLast()
    {
        _file.Write(Encoding.UTF8.GetBytes(LedgerEntry.WithdrawnLine + "\n"));
        _file.Flush(flushToDisk: true);
        _settled = _file.Position;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void AddLine(MemoryStream buffer, string line)
    {
        buffer.Write(Encoding.UTF8.GetBytes(line));
        buffer.Write(LineEnd);
    }

    /// <summary>A last line without its end is the trace of a power cut: nothing that was committed stands in it.</summary>
    private void CutTornLine()
    {
        var end = _file.Length;
        var tail = new byte[TailSize];
        for (var start = end; start > 0;)
        {
            var size = (int)Math.Min(TailSize, start);
            start -= size;
            _file.Seek(start, SeekOrigin.Begin);
            _file.ReadExactly(tail, 0, size);
            var last = tail.AsSpan(0, size).LastIndexOf((byte)'\n');
            if (last < 0 && start > 0)
                continue;
            end = last < 0 ? 0 : start + last + 1;
            break;
        }

        if (end != _file.Length)
            _file.SetLength(end);
        _settled = _file.Seek(0, SeekOrigin.End);
    }
}

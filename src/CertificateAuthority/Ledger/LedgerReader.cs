using System.Text;
using System.Text.Json;

namespace ProvisioningStation.CertificateAuthority.Ledger;

/// <summary>The lines of one transaction in the ledger.</summary>
/// <param name="Offset">Where it begins, in octets.</param>
/// <param name="Entries">Its lines, without the one that begins it.</param>
/// <param name="Unreadable">Lines that are none: torn or changed afterwards.</param>
internal sealed record LedgerTransaction(long Offset, IReadOnlyList<LedgerEntry> Entries, int Unreadable)
{
    /// <summary>Whether it was taken back.</summary>
    public bool IsWithdrawn => Entries.Any(entry => entry.Event == LedgerEntry.WithdrawnEvent);

    /// <summary>Whether the database had it once. One without this mark may have it too: a kill may come in between.</summary>
    public bool IsCommitted => Entries.Any(entry => entry.Event == LedgerEntry.CommittedEvent);
}

/// <summary>Reads a ledger: whole, for a restored database; or its end, at every start.</summary>
internal static class LedgerReader
{
    private const int FirstWindow = 256 * 1024;

    private static readonly byte[] TransactionMark = Encoding.UTF8.GetBytes(LedgerEntry.TransactionLine + "\n");

    private static readonly byte[] CheckpointMark = Encoding.UTF8.GetBytes($$"""{"event":"{{LedgerEntry.CheckpointEvent}}",""");

    /// <summary>Every transaction of the ledger, in its order.</summary>
    public static IEnumerable<LedgerTransaction> ReadAll(string path)
    {
        using var stream = Open(path);
        foreach (var transaction in Read(stream, 0))
            yield return transaction;
    }

    /// <summary>The last <paramref name="count"/> transactions, or as many as there are.</summary>
    public static IReadOnlyList<LedgerTransaction> ReadLast(string path, int count)
    {
        using var stream = Open(path);
        var offset = FindFromEnd(stream, TransactionMark, count);
        return [.. Read(stream, offset)];
    }

    /// <summary>The last checkpoint of the audit trail in it, or null.</summary>
    public static LedgerEntry? FindLastCheckpoint(string path)
    {
        using var stream = Open(path);
        if (FindFromEnd(stream, CheckpointMark, 1) is var offset && offset == stream.Length)
            return null;
        stream.Seek(offset, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        return reader.ReadLine() is { } line && TryRead(line) is { Event: LedgerEntry.CheckpointEvent } checkpoint ? checkpoint : null;
    }

    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite, FirstWindow);

    private static IEnumerable<LedgerTransaction> Read(FileStream stream, long offset)
    {
        stream.Seek(offset, SeekOrigin.Begin);
        using var reader = new StreamReader(stream, leaveOpen: true);
        var entries = new List<LedgerEntry>();
        var unreadable = 0;
        var start = offset;
        while (reader.ReadLine() is { } line)
        {
            var length = Encoding.UTF8.GetByteCount(line) + 1;
            var entry = TryRead(line);
            if (entry?.Event == LedgerEntry.TransactionEvent)
            {
                if (entries.Count + unreadable > 0)
                    yield return new LedgerTransaction(start, entries, unreadable);
                (start, entries, unreadable) = (offset, [], 0);
            }
            else if (entry is null)
            {
                unreadable++;
            }
            else
            {
                entries.Add(entry);
            }

            offset += length;
        }

        if (entries.Count + unreadable > 0)
            yield return new LedgerTransaction(start, entries, unreadable);
    }

    private static LedgerEntry? TryRead(string line)
    {
        try
        {
            return LedgerEntry.Read(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Where the <paramref name="count"/>-th line from the end that begins with <paramref name="mark"/> begins; 0 where there are fewer, the length where there is none.</summary>
    private static long FindFromEnd(FileStream stream, byte[] mark, int count)
    {
        for (var window = (long)FirstWindow; ; window *= 8)
        {
            var start = Math.Max(0, stream.Length - window);
            var tail = new byte[stream.Length - start];
            stream.Seek(start, SeekOrigin.Begin);
            stream.ReadExactly(tail);
            var end = tail.Length;
            var found = -1;
            for (var left = count; left > 0 && tail.AsSpan(0, end).LastIndexOf(mark) is var at and >= 0; left--)
            {
                (found, end) = (at, at);
                if (left == 1)
                    return start + found;
            }

            if (start == 0)
                return found < 0 ? stream.Length : 0;
        }
    }
}

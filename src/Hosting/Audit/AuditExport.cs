using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>
/// The whole trail as NDJSON: each checkpoint behind its entry, and at the end one that is made for this export only, so that a file that was cut shows it.
/// What happens while it is written is not in it.
/// </summary>
public sealed class AuditExport(AuditReader reader, CheckpointBook checkpoints, TlsIdentity identity, TimeProvider time)
{
    private const int PageSize = 500;

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    /// <summary>Writes everything behind entry <paramref name="after"/>.</summary>
    public async Task WriteAsync(HttpResponse response, long after, CancellationToken cancellationToken)
    {
        response.ContentType = "application/x-ndjson";
        var promised = checkpoints.FindLast(); // read before the end, so that it can't be of something later
        var end = reader.Find(new AuditFilter(null, null, null, null, null), long.MaxValue, 1).SingleOrDefault();
        var pending = new Queue<AuditCheckpoint>();
        var last = after;
        while (end is not null && last < end.Sequence)
        {
            var page = reader.ReadBehind(last, PageSize).TakeWhile(entry => entry.Sequence <= end.Sequence).ToList();
            if (page.Count == 0)
                break;
            foreach (var checkpoint in checkpoints.ReadBehind(last, PageSize))
                pending.Enqueue(checkpoint);
            using var buffer = new MemoryStream();
            foreach (var entry in page)
            {
                Add(buffer, new AuditLine { Event = entry });
                while (pending.TryPeek(out var checkpoint) && checkpoint.Sequence <= entry.Sequence)
                    Add(buffer, new AuditLine { Checkpoint = pending.Dequeue() });
            }

            pending.Clear(); // those behind this page come again with the next one
            last = page[^1].Sequence;
            await response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
        }

        var seal = CheckpointSeal.Sign(identity, end?.Sequence ?? 0, end?.Hash ?? AuditEvent.Origin, time.GetUtcNow());
        using var closing = new MemoryStream();
        if (promised is not null && promised.Sequence > (end?.Sequence ?? 0))
            Add(closing, new AuditLine { Checkpoint = promised }); // of entries that are gone
        Add(closing, new AuditLine { Checkpoint = seal });
        await response.Body.WriteAsync(closing.GetBuffer().AsMemory(0, (int)closing.Length), cancellationToken);
    }

    private static void Add(MemoryStream buffer, AuditLine line)
    {
        JsonSerializer.Serialize(buffer, line, JsonForm.Options);
        buffer.Write(LineEnd);
    }
}

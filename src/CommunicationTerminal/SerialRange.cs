using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary><paramref name="Count"/> consecutive serials of one model, from <paramref name="First"/> on.</summary>
internal readonly record struct SerialRange(int First, int Count)
{
    /// <summary>The last serial.</summary>
    public int Last => First + Count - 1;

    /// <summary>Whether <paramref name="serial"/> is one of them.</summary>
    public bool Contains(int serial) => serial >= First && serial <= Last;

    /// <summary>Whether the two have a serial in common.</summary>
    public bool Overlaps(SerialRange other) => Count > 0 && other.Count > 0 && First <= other.Last && other.First <= Last;

    /// <summary>The serials that both have, where they <see cref="Overlaps"/>.</summary>
    public SerialRange Common(SerialRange other)
    {
        var first = Math.Max(First, other.First);
        return new SerialRange(first, Math.Min(Last, other.Last) - first + 1);
    }

    /// <summary>
    /// The lowest <paramref name="count"/> consecutive serials at or above <paramref name="from"/> that none of <paramref name="taken"/> touches;
    /// null where the model's six digits are used up.
    /// </summary>
    public static SerialRange? FirstFree(int from, int count, IEnumerable<SerialRange> taken)
    {
        var candidate = new SerialRange(from, count);
        foreach (var range in taken.Where(range => range.Count > 0).OrderBy(range => range.First))
        {
            if (candidate.Overlaps(range))
                candidate = candidate with { First = range.Last + 1 };
        }

        return candidate.Last <= MachineNumber.MaxSerial ? candidate : null;
    }

    /// <summary>The fewest ranges that hold exactly <paramref name="serials"/>, in ascending order.</summary>
    public static IReadOnlyList<SerialRange> RunsOf(IEnumerable<int> serials)
    {
        var runs = new List<SerialRange>();
        foreach (var serial in serials.Order())
        {
            if (runs.Count > 0 && runs[^1].Last + 1 == serial)
                runs[^1] = runs[^1] with { Count = runs[^1].Count + 1 };
            else
                runs.Add(new SerialRange(serial, 1));
        }

        return runs;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{First:D6} to {Last:D6}";
}

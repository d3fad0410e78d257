namespace ProvisioningStation.Tests.Fixtures;

/// <summary>Changes a valid input as an accident or an attacker would: bits, octets, lengths, blocks; one to four changes, drawn from <paramref name="random"/>.</summary>
public sealed class Mutation(Random random)
{
    /// <summary>Values at which parsers tend to stumble.</summary>
    private static readonly byte[] Edges = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, (byte)'<', (byte)'&', (byte)'"'];

    /// <summary>A changed copy.</summary>
    public byte[] Change(ReadOnlySpan<byte> valid)
    {
        var bytes = valid.ToArray();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            bytes = ChangeOnce(bytes);
        return bytes;
    }

    private byte[] ChangeOnce(byte[] bytes)
    {
        if (bytes.Length == 0)
            return [Edges[random.Next(Edges.Length)]];
        var at = random.Next(bytes.Length);
        var length = Math.Min(bytes.Length - at, 1 + random.Next(16));
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = Edges[random.Next(Edges.Length)];
                return bytes;
            case 2:
                bytes[at] = (byte)(bytes[at] + random.Next(-3, 4)); // most often a length
                return bytes;
            case 3:
                return bytes[..at];
            case 4:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 5:
                return [.. bytes[..(at + length)], .. Enumerable.Repeat(bytes[at..(at + length)], 1 + random.Next(4)).SelectMany(block => block), .. bytes[(at + length)..]];
            case 6:
                random.NextBytes(bytes.AsSpan(at, length));
                return bytes;
            default:
                var from = random.Next(bytes.Length - length + 1);
                bytes.AsSpan(from, length).ToArray().CopyTo(bytes.AsSpan(at, length));
                return bytes;
        }
    }
}

/// <summary>
/// Runs a check on changed inputs for a while: two seconds, or as long as <c>PROVISIONING_FUZZ_SECONDS</c> says. Each input has its own seed, which a failure names together with
/// the input; <c>PROVISIONING_FUZZ_SEED</c> begins there.
/// </summary>
public static class FuzzRun
{
    private const int FirstSeed = 20261121;

    private static TimeSpan Duration => TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("PROVISIONING_FUZZ_SECONDS"), out var seconds) ? seconds : 2);

    /// <summary>Checks changed copies of the <paramref name="valid"/> inputs; at least 20 of them, however slow the machine.</summary>
    public static async Task OverAsync(IReadOnlyList<byte[]> valid, Func<byte[], Task> checkAsync)
    {
        var start = System.Diagnostics.Stopwatch.StartNew();
        var first = int.TryParse(Environment.GetEnvironmentVariable("PROVISIONING_FUZZ_SEED"), out var said) ? said : FirstSeed;
        for (var seed = first; start.Elapsed < Duration || seed < first + 20; seed++)
        {
            var random = new Random(seed);
            var input = new Mutation(random).Change(valid[random.Next(valid.Count)]);
            try
            {
                await checkAsync(input);
            }
            catch (Exception cause)
            {
                throw new Xunit.Sdk.XunitException($"Seed {seed} (PROVISIONING_FUZZ_SEED={seed}) with the input {Convert.ToBase64String(input)}: {cause}");
            }
        }
    }

    /// <inheritdoc cref="OverAsync"/>
    public static Task Over(IReadOnlyList<byte[]> valid, Action<byte[]> check) => OverAsync(valid, input =>
    {
        check(input);
        return Task.CompletedTask;
    });
}

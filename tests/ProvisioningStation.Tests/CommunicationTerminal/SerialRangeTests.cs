using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class SerialRangeTests
{
    private static readonly Arbitrary<(int First, int Count)[]> Ranges =
        Gen.Choose(0, 3000).SelectMany(first => Gen.Choose(0, 400).Select(count => (first, count))).ArrayOf().ToArbitrary();

    [Fact]
    public void FirstFree_NeverTouchesATakenSerial() => Prop.ForAll(
        Ranges,
        Gen.Choose(1, 500).ToArbitrary(),
        (taken, count) =>
        {
            var ranges = taken.Select(range => new SerialRange(range.First, range.Count)).ToList();
            var chosen = SerialRange.FirstFree(100, count, ranges)!.Value;
            return chosen.First >= 100 && chosen.Count == count && !ranges.Any(chosen.Overlaps);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void ManyAllocationsInARow_NeverReuseASerial() => Prop.ForAll(
        Gen.Choose(1, 300).ArrayOf().ToArbitrary(),
        Ranges,
        (counts, given) =>
        {
            var taken = new List<SerialRange>();
            foreach (var range in given.Select(range => new SerialRange(range.First, range.Count)))
            {
                if (!taken.Any(range.Overlaps))
                    taken.Add(range);
            }

            foreach (var count in counts)
                taken.Add(SerialRange.FirstFree(100, count, taken)!.Value);
            var serials = taken.SelectMany(range => Enumerable.Range(range.First, range.Count)).ToList();
            return serials.Count == serials.Distinct().Count();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void UsedUpModel_HasNoFreeRange()
    {
        Assert.Null(SerialRange.FirstFree(999_990, 11, []));
        Assert.Equal(new SerialRange(999_990, 10), SerialRange.FirstFree(999_990, 10, []));
        Assert.Null(SerialRange.FirstFree(100_001, 2, [new SerialRange(100_001, MachineNumber.MaxSerial - 100_001)]));
    }
}

using ProvisioningStation.Protocol.Audit;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Audit;

/// <summary>What was done to a trail, and whether the first bad entry is named.</summary>
public sealed class AuditChainTests
{
    private static readonly AuditEvent[] Trail = Make(10);

    [Fact]
    public void WholeTrail_HasNoFinding()
    {
        var chain = new AuditChain(null, Anchor(4), Anchor(10));
        Assert.Empty(Check(chain, Trail));
        Assert.Equal((10, 10, 2, Trail[9].Hash), (chain.Sequence, chain.Count, chain.Anchors, chain.Hash));
    }

    [Fact]
    public void TrailFromTheMiddle_FollowsItsAnchor() => Assert.Empty(Check(new AuditChain(Anchor(4), Anchor(2), Anchor(10)), Trail[4..]));

    [Theory]
    [InlineData("at")]
    [InlineData("actor")]
    [InlineData("action")]
    [InlineData("subject")]
    [InlineData("outcome")]
    [InlineData("detail")]
    [InlineData("hash")]
    public void ChangedEntry_IsNamed(string column)
    {
        var trail = Trail.ToArray();
        trail[6] = column switch
        {
            "at" => trail[6] with { At = "2026-01-01T00:00:00.000Z" },
            "actor" => trail[6] with { Actor = "somebody" },
            "action" => trail[6] with { Action = "something" },
            "subject" => trail[6] with { Subject = "another" },
            "outcome" => trail[6] with { Outcome = "Refused" },
            "detail" => trail[6] with { Detail = "else" },
            _ => trail[6] with { Hash = AuditEvent.Origin },
        };
        Assert.Equal((7, AuditFault.Changed), First(trail));
    }

    [Fact]
    public void RemovedEntries_AreNamedAtTheFirst() => Assert.Equal((3, AuditFault.Removed), First([.. Trail[..2], .. Trail[5..]]));

    [Fact]
    public void RemovedAtTheBeginning_IsNamed() => Assert.Equal((1, AuditFault.Removed), First(Trail[1..]));

    [Fact]
    public void LineInAnotherPlace_IsReordered() => Assert.Equal((3, AuditFault.Reordered), First([.. Trail[..2], Trail[4], Trail[2], Trail[3], .. Trail[5..]]));

    [Fact]
    public void EntriesWithExchangedNumbers_AreReordered()
    {
        var trail = Trail.ToArray();
        (trail[2], trail[7]) = (Trail[7] with { Sequence = 3 }, Trail[2] with { Sequence = 8 });
        Assert.Equal((3, AuditFault.Reordered), First(trail));
    }

    [Fact]
    public void EntryTwice_IsReordered() => Assert.Equal((5, AuditFault.Reordered), First([.. Trail[..6], Trail[4], .. Trail[6..]]));

    [Fact]
    public void CutOffEnd_IsFoundByAnAnchorBehindIt() => Assert.Equal((8, AuditFault.CutOff), First(Trail[..7], Anchor(9)));

    [Fact]
    public void EmptyTrail_IsCutOffWhereThereWasOne() => Assert.Equal((1, AuditFault.CutOff), First([], Anchor(2)));

    [Fact]
    public void TrailThatWasHashedAnew_IsFoundByTheAnchor()
    {
        var forged = Make(10, changed: 5);
        Assert.Empty(Check(new AuditChain(null, Anchor(4)), forged));
        Assert.Equal((8, AuditFault.Rewritten), First(forged, Anchor(4), Anchor(8)));
    }

    [Fact]
    public void TwoFaults_AreBothToldOnce()
    {
        var trail = Trail.Where(entry => entry.Sequence != 8).ToArray();
        trail[2] = trail[2] with { Detail = "changed" };
        Assert.Equal([(3, AuditFault.Changed), (8, AuditFault.Removed)], Check(new AuditChain(), trail).Select(finding => (finding.Sequence, finding.Fault)));
    }

    private static AuditAnchor Anchor(int sequence) => new(sequence, Trail[sequence - 1].Hash, "a test");

    private static (long Sequence, AuditFault Fault) First(AuditEvent[] trail, params AuditAnchor[] anchors)
    {
        var first = Check(new AuditChain(null, anchors), trail)[0];
        return (first.Sequence, first.Fault);
    }

    private static List<AuditFinding> Check(AuditChain chain, AuditEvent[] trail)
    {
        foreach (var entry in trail)
            chain.Read(entry);
        chain.End();
        return [.. chain.Findings];
    }

    private static AuditEvent[] Make(int count, int changed = 0)
    {
        var trail = new List<AuditEvent>();
        foreach (var sequence in Enumerable.Range(1, count))
        {
            var entry = new AuditEvent(sequence, $"2026-02-03T04:05:{sequence:00}.000Z", "Operator a", "Act", $"subject {sequence % 3}", AuditEvent.Done, sequence == changed ? "forged" : string.Empty, string.Empty);
            trail.Add(entry with { Hash = entry.ComputeHash(trail.Count == 0 ? AuditEvent.Origin : trail[^1].Hash) });
        }

        return [.. trail];
    }
}

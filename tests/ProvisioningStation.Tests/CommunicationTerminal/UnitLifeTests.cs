using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Protocol.CommunicationTerminal.UnitState;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed partial class UnitLifeTests
{
    private static readonly Dictionary<UnitState, UnitState[]> Allowed = new()
    {
        [Planned] = [Stored, Scrapped, Withdrawn, Purged],
        [Stored] = [Planned, Written, ReissuePending, Blocked, Scrapped, Withdrawn, Purged],
        [ReissuePending] = [Stored, Scrapped, Purged],
        [Written] = [Proved, ReissuePending, Blocked, Scrapped],
        [Proved] = [ReissuePending, Scrapped],
        [Blocked] = [ReissuePending, Scrapped],
        [Withdrawn] = [Planned],
        [Scrapped] = [],
        [Purged] = [],
    };

    public static IEnumerable<object[]> EveryPair => Enum.GetValues<UnitState>().SelectMany(from => Enum.GetValues<UnitState>().Select(to => new object[] { from, to }));

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void Pair_IsAllowedWhereTheTableHasItAndNowhereElse(UnitState from, UnitState to)
    {
        var allowed = from == to || Allowed[from].Contains(to);
        Assert.Equal(allowed, UnitLife.Allows(from, to));
        if (allowed)
            UnitLife.Require(from, to);
        else
            Assert.Equal(ErrorCode.Conflict, Assert.Throws<ProvisioningException>(() => UnitLife.Require(from, to)).Code);
    }

    [Fact]
    public void Readme_TellsTheSameTransitions()
    {
        var told = Transition().Matches(File.ReadAllText(RepositoryFiles.Resolve("src/CommunicationTerminal/README.md")))
            .SelectMany(row => row.Groups["to"].Value.Split(", ").Select(to => (Enum.Parse<UnitState>(row.Groups["from"].Value), Enum.Parse<UnitState>(to.Trim('`')))))
            .ToHashSet();
        Assert.Equal(Allowed.SelectMany(row => row.Value.Select(to => (row.Key, to))).ToHashSet(), told);
    }

    [GeneratedRegex("^\\| `(?<from>\\w+)` \\| (?<to>`\\w+`(, `\\w+`)*) \\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Transition();
}

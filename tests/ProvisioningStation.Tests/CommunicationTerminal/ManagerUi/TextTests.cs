using System.Text.RegularExpressions;
using System.Xml.Linq;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>Every text of the pages stands in both languages, with the same places for values.</summary>
public sealed partial class TextTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Root, "*.resx", SearchOption.AllDirectories).Where(file => !file.EndsWith(".ja.resx", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(Root, file))];

    private static string Root => RepositoryFiles.Resolve("src/CommunicationTerminal");

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryText_StandsInBothLanguages(string file)
    {
        var english = Read(Path.Combine(Root, file));
        var japanese = Read(Path.Combine(Root, file.Replace(".resx", ".ja.resx", StringComparison.Ordinal)));
        Assert.NotEmpty(english);
        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), japanese.Keys.Order(StringComparer.Ordinal));
        Assert.All(english, text =>
        {
            Assert.Equal(Places(text.Value), Places(japanese[text.Key]));
            Assert.NotEmpty(japanese[text.Key].Trim());
        });
        Assert.Contains(japanese.Values, value => Kana().IsMatch(value));
    }

    [Fact]
    public void EveryEventAndStateOfAUnit_HasItsText()
    {
        var texts = Read(Path.Combine(Root, "Records/RecordText.resx")).Keys;
        Assert.Empty(Enum.GetNames<UnitEvent>().Select(name => $"Event.{name}").Concat(Enum.GetNames<UnitState>().Select(name => $"State.{name}")).Except(texts, StringComparer.Ordinal));
    }

    private static Dictionary<string, string> Read(string file) =>
        XDocument.Load(file).Root!.Elements("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value, StringComparer.Ordinal);

    private static IEnumerable<string> Places(string text) => PlaceForValue().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\d+[^}]*\}")]
    private static partial Regex PlaceForValue();

    [GeneratedRegex(@"[\u3040-\u30ff]")]
    private static partial Regex Kana();
}

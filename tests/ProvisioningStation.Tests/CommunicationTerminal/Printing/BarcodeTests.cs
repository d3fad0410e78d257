using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.CommunicationTerminal.Printing.Barcodes;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

/// <summary>The symbols against the published tables' own rules and vectors. That scanners read them is shown by the system tests.</summary>
public sealed class BarcodeTests
{
    private static readonly Arbitrary<string> PrintableText =
        Gen.Frequency((3, Gen.Choose('0', '9')), (2, Gen.Choose(' ', '~'))).Select(c => (char)c).NonEmptyListOf().Select(characters => string.Concat(characters)).ToArbitrary();

    [Fact]
    public void Code128Table_KeepsTheStandardsRules()
    {
        Assert.Equal(107, Code128.Patterns.Count);
        Assert.Equal(107, Code128.Patterns.Distinct().Count());
        Assert.All(Code128.Patterns.Take(106), pattern =>
        {
            Assert.Equal(11, pattern.Sum(width => width - '0'));
            Assert.Equal(0, pattern.Where((_, element) => element % 2 == 0).Sum(width => width - '0') % 2); // the bars are an even number of modules
        });
        Assert.Equal(13, Code128.Patterns[106].Sum(width => width - '0'));
    }

    [Theory]
    [InlineData("PJJ123C", new[] { 104, 48, 42, 42, 17, 18, 19, 35, 55, 106 })] // published with start A and check 54: start B is one more
    [InlineData("HI345678", new[] { 104, 40, 41, 99, 34, 56, 78, 68, 106 })]
    [InlineData("3012-123456", new[] { 105, 30, 12, 100, 13, 99, 12, 34, 56, 13, 106 })]
    [InlineData("12", new[] { 105, 12, 14, 106 })]
    public void Code128_HasThePublishedValues(string text, int[] values) => Assert.Equal(values, Code128.Values(text));

    [Fact]
    public void Code128OfAnyText_DecodesToIt_AndIsNoLongerThanInOneSet() => Prop.ForAll(PrintableText, text =>
    {
        var values = Code128.Values(text);
        var check = values.Take(values.Count - 2).Select((value, position) => value * Math.Max(1, position)).Sum() % 103;
        return Decode(values) == text && values[^2] == check && values[^1] == 106 && values.Count <= text.Length + 3;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Code39Table_HasThreeWideElementsInEach()
    {
        Assert.Equal(44, Code39.Patterns.Count);
        Assert.Equal(44, Code39.Patterns.Values.Distinct().Count());
        Assert.All(Code39.Patterns.Values, pattern => Assert.Equal((9, 3), (pattern.Length, pattern.Count(element => element == 'w'))));
    }

    [Fact]
    public void Code39_HasStartGapsAndStop()
    {
        var symbol = Code39.Encode("A", narrow: 1, wide: 3);

        // * A * with three elements wide in each: 15 modules a character, and two gaps.
        Assert.Equal(47, symbol.Columns);
        Assert.Equal([1, 1, 3, 3, 1], symbol.Bars.Take(5).Select(bar => bar.Length));
        Assert.Equal([3, 1, 1, 1, 3], symbol.Bars.Skip(5).Take(5).Select(bar => bar.Length));
        Assert.Equal(symbol.Bars.Take(5).Select(bar => bar.Length), symbol.Bars.Skip(10).Select(bar => bar.Length));
        Assert.Equal(16, symbol.Bars[5].Column);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("30*12")]
    [InlineData("製造")]
    public void TextThatCode39DoesNotHave_IsRefused(string text) =>
        Assert.Equal(ErrorCode.NotSupported, Assert.Throws<ProvisioningException>(() => Code39.Encode(text, 1, 3)).Code);

    [Theory]
    [InlineData("")]
    [InlineData("製造")]
    [InlineData("a\n")]
    public void TextThatCode128DoesNotHave_IsRefused(string text) =>
        Assert.Equal(ErrorCode.NotSupported, Assert.Throws<ProvisioningException>(() => Code128.Encode(text)).Code);

    [Fact]
    public void QrOfAMachineNumber_IsTheSmallestVersion_WithItsThreeCornerMarks()
    {
        var symbol = QrSymbol.Encode("WWWW-123456");

        Assert.Equal((21, 21, 4), (symbol.Columns, symbol.Rows, symbol.Quiet));
        Assert.Contains(new Bar(0, 0, 7), symbol.Bars);
        Assert.Contains(new Bar(0, 14, 7), symbol.Bars);
        Assert.Contains(new Bar(20, 0, 7), symbol.Bars);
    }

    [Theory]
    [InlineData(BarcodeKind.Code128)]
    [InlineData(BarcodeKind.Code39)]
    [InlineData(BarcodeKind.Qr)]
    public void FittedSymbol_IsMadeOfWholeDots_AndKeepsItsQuietZone(BarcodeKind kind)
    {
        foreach (var dpi in new[] { 203, 300, 600 })
        {
            var fitted = FittedSymbol.Fit(kind, "A123-100001", 70, 30, dpi);
            var dots = fitted.Column * dpi / 25.4;
            Assert.Equal(Math.Round(dots), dots, 6);
            Assert.True(fitted.WidthWithQuiet <= 70);
            var narrowest = fitted.Symbol.Bars.Min(bar => bar.Length) * fitted.Column;
            Assert.True(fitted.Quiet >= (kind == BarcodeKind.Qr ? 4 : 10) * narrowest - 1e-9);
        }
    }

    [Theory]
    [InlineData(BarcodeKind.Code128, 25)]
    [InlineData(BarcodeKind.Code39, 35)]
    [InlineData(BarcodeKind.Qr, 8)]
    public void PlaceThatIsTooSmall_IsRefusedInWords(BarcodeKind kind, double width)
    {
        var refusal = Assert.Throws<ProvisioningException>(() => FittedSymbol.Fit(kind, "WWWW-100001", width, 30, 300));
        Assert.Contains("larger layout", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandBarcode_IsNeverAMachineNumber() => Prop.ForAll(PrintableText, text => !MachineNumber.TryParse("%CMD-" + text, out _)).QuickCheckThrowOnFailure();

    private static string Decode(IReadOnlyList<int> values)
    {
        var digits = values[0] == 105;
        var text = new System.Text.StringBuilder();
        foreach (var value in values.Skip(1).SkipLast(2))
        {
            if (value == (digits ? 100 : 99))
                digits = !digits;
            else
                text.Append(digits ? $"{value:D2}" : $"{(char)(value + ' ')}");
        }

        return text.ToString();
    }
}

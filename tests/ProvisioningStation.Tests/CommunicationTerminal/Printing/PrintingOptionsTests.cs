using Microsoft.Extensions.Configuration;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

/// <summary>Templates are checked when the terminal starts, not when somebody stands at the printer.</summary>
public sealed class PrintingOptionsTests
{
    [Fact]
    public void NothingSaid_GivesTheBuiltInLayouts()
    {
        var options = Read();

        Assert.Equal(["Roll-70x30", "A4-63x38", "A4-99x38"], options.Layouts.Select(layout => layout.Name));
        Assert.Equal((BarcodeKind.Code128, 300, PrintingOptions.Limit), (options.Barcode, options.PrinterDpi, options.MaxUnits));
    }

    [Fact]
    public void OwnLayout_TakesThePlaceOfTheBuiltIn()
    {
        var layout = Assert.Single(Read("PlateLayouts:0:Name=Wide", "PlateLayouts:0:LabelWidth=99.1", "PlateLayouts:0:LabelHeight=38.1", "PlateLayouts:0:PageWidth=210", "PlateLayouts:0:PageHeight=297", "PlateLayouts:0:Columns=2", "PlateLayouts:0:Rows=7", "PlateLayouts:0:GapX=2.5").Layouts);

        Assert.Equal((14, 210.0, 297.0), (layout.PerPage, layout.Width, layout.Height));
        Assert.Equal((101.6, 38.1), layout.CornerOf(3));
    }

    [Theory]
    [InlineData("letters, digits", "PlateLayouts:0:Name=a b")]
    [InlineData("don't fit a page of 210 × 297 mm", "PlateLayouts:0:Name=wide", "PlateLayouts:0:Columns=4", "PlateLayouts:0:PageWidth=210", "PlateLayouts:0:PageHeight=297")]
    [InlineData("don't fit a page of 70 × 30 mm", "PlateLayouts:0:Name=two", "PlateLayouts:0:Rows=2")]
    [InlineData("outside 0 to 450", "PlateLayouts:0:Name=left", "PlateLayouts:0:MarginLeft=-1")]
    [InlineData("Choose a larger layout", "PlateLayouts:0:Name=small", "PlateLayouts:0:LabelWidth=20")]
    [InlineData("Choose a larger layout", "PlateLayouts:0:Name=small", "PlateLayouts:0:LabelWidth=40", "Barcode=Code39")]
    [InlineData("the same name", "PlateLayouts:0:Name=a", "PlateLayouts:1:Name=A")]
    [InlineData("printable ASCII", "PlateTitle=銘板")]
    [InlineData("/nowhere/font.ttf", "JapaneseFont=/nowhere/font.ttf")]
    [InlineData("no Japanese text", "Steps:0:English=Only English")]
    public void WrongTemplate_IsRefusedInWords(string message, params string[] settings)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Read(settings));

        Assert.Contains("Printing:", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static PrintingOptions Read(params string[] settings) => Settings.Read<PrintingOptions>(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => setting.Split('=')).Select(pair => KeyValuePair.Create("Printing:" + pair[0], (string?)pair[1]))).Build(),
        "Printing");
}

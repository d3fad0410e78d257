using System.Text;
using ProvisioningStation.Hosting;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class CsvTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("F1", "F1")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-2", "'-2")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    public void Cell_IsNeverAFormula(string? text, string cell) => Assert.Equal(cell, CsvText.Cell(text));

    [Fact]
    public void Row_EndsAsRfc4180Has() => Assert.Equal("a,,\"b,c\"\r\n", new StringBuilder().AppendRow("a", null, "b,c").ToString());
}

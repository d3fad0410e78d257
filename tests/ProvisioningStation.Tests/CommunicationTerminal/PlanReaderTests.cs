using System.Net.Http.Headers;
using System.Text;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class PlanReaderTests
{
    private static readonly PlanMonth November = new(2026, 11);

    [Fact]
    public void WholeJson_IsRead()
    {
        var plan = Json("""{"month":"2026-11","days":[{"date":"2026-11-01","model":"3012","count":1000,"firstSerial":null,"line":null},{"date":"2026-11-02","model":"A123","count":0,"firstSerial":5,"line":"1001"}]}""");
        Assert.Equal(
            [
                new PlanRow(new DateOnly(2026, 11, 1), ModelCode.Parse("3012"), 1000, null, null),
                new PlanRow(new DateOnly(2026, 11, 2), ModelCode.Parse("A123"), 0, 5, "1001"),
            ],
            plan.Rows);
    }

    [Theory]
    [InlineData("date,model,count,firstSerial,line\r\n2026-11-01,3012,1000,,\r\n2026-11-02,3012,10,200000,1001\r\n")]
    [InlineData("\uFEFFmodel,date,line,count,firstSerial\n3012,2026-11-01,,1000,\n\"3012\",2026-11-02,1001,10,200000")]
    public void WholeCsv_IsRead(string text)
    {
        var plan = Csv(text);
        Assert.Equal(
            [
                new PlanRow(new DateOnly(2026, 11, 1), ModelCode.Parse("3012"), 1000, null, null),
                new PlanRow(new DateOnly(2026, 11, 2), ModelCode.Parse("3012"), 10, 200_000, "1001"),
            ],
            plan.Rows);
    }

    [Fact]
    public void CsvWithoutOptionalColumns_IsRead() => Assert.Null(Csv("date,model,count\n2026-11-01,3012,7\n").Rows.Single().FirstSerial);

    [Theory]
    [InlineData("2026-11-01,3012,-1,,", "Line 2, column count: -1 is negative")]
    [InlineData("2026-11-01,3012,1000000,,", "Line 2, column count: 1000000 is more than 999999")]
    [InlineData("2026-11-01,3012,99999999999999,,", "Line 2, column count")]
    [InlineData("2026-11-01,3012,1.5,,", "Line 2, column count")]
    [InlineData("2026-11-01,3012,,,", "Line 2, column count: it is empty")]
    [InlineData("2026-11-01,3012, 5,,", "Line 2, column count")]
    [InlineData("2026-11-01,3012,5,-3,", "Line 2, column firstSerial: -3 is negative")]
    [InlineData("2026-11-01,3012,5,999996,", "Line 2, column firstSerial: 5 units from 999996")]
    [InlineData("2026-11-31,3012,5,,", "Line 2, column date")]
    [InlineData("01.11.2026,3012,5,,", "Line 2, column date")]
    [InlineData(",3012,5,,", "Line 2, column date")]
    [InlineData("2026-12-01,3012,5,,", "Line 2, column date: 2026-12-01 is not in the month asked for, 2026-11")]
    [InlineData("2026-11-01,30l2,5,,", "Line 2, column model: '30l2'")]
    [InlineData("2026-11-01,3012,5,,line 1", "Line 2, column line")]
    [InlineData("2026-11-01,3012,5,,\n2026-11-02,3012,5,,\n2026-11-01,3012,6,,", "Line 4, column model: 3012 on 2026-11-01 was already given in line 2")]
    [InlineData("2026-11-01,3012,10,100,\n2026-11-02,A123,10,105,\n2026-11-03,3012,10,109,", "Line 4, column firstSerial: serials 000109 to 000118 of 3012 overlap those of line 2")]
    [InlineData("2026-11-01,3012,5,", "Line 2")]
    [InlineData("2026-11-01,3012,5,,,", "Line 2")]
    [InlineData("2026-11-01,3\"012,5,,", "Line 2")]
    [InlineData("2026-11-01,\"3012,5,,", "Line 2")]
    public void BadCsvRow_IsRefusedWithPlace(string rows, string said) => Refused(said, () => Csv("date,model,count,firstSerial,line\n" + rows));

    [Theory]
    [InlineData("", "lacks column date, model, count")]
    [InlineData("date,model,count,colour\n2026-11-01,3012,5,red", "Line 1 has an unknown column 'colour'")]
    [InlineData("date,model,count,count\n2026-11-01,3012,5,5", "Line 1 has column count twice")]
    [InlineData("date,model\n2026-11-01,3012", "Line 1 lacks column count")]
    [InlineData("Date,Model,Count\n2026-11-01,3012,5", "Line 1 has an unknown column 'Date'")]
    [InlineData("date;model;count\n2026-11-01;3012;5", "Line 1 has an unknown column 'date;model;count'")]
    public void BadCsvHeader_IsRefused(string text, string said) => Refused(said, () => Csv(text));

    [Theory]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":-1}""", "Row 1, column count: -1 is negative")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":1000000}""", "Row 1, column count: 1000000 is more than 999999")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":1.5}""", "Row 1, column count")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":1e3}""", "Row 1, column count")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":"5"}""", "Row 1, column count: \"5\" is not a number")]
    [InlineData("""{"date":"2026-11-01","model":"3012"}""", "Row 1, column count: it is empty")]
    [InlineData("""{"date":"2026-11-01","model":3012,"count":5}""", "Row 1, column model: 3012 is not a string")]
    [InlineData("""{"date":"2026-12-01","model":"3012","count":5}""", "Row 1, column date: 2026-12-01 is not in the month")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":5,"colour":"red"}""", "Row 1 has an unknown column 'colour'")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":5,"count":6}""", "names a property twice")]
    [InlineData("""{"date":"2026-11-01","model":"3012","count":5},{"date":"2026-11-01","model":"3012","count":5}""", "Row 2, column model: 3012 on 2026-11-01 was already given in row 1")]
    [InlineData("5", "Row 1 is not an object")]
    [InlineData("{", "not well-formed JSON")]
    public void BadJsonRow_IsRefusedWithPlace(string rows, string said) => Refused(said, () => Json($$"""{"month":"2026-11","days":[{{rows}}]}"""));

    [Theory]
    [InlineData("""{"month":"2026-12","days":[]}""", "month is \"2026-12\". Asked for: 2026-11")]
    [InlineData("""{"days":[]}""", "month is absent")]
    [InlineData("""{"month":"2026-11"}""", "no list of days")]
    [InlineData("""{"month":"2026-11","days":[],"version":2}""", "unknown column 'version'")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("", "not well-formed JSON")]
    public void BadJsonFrame_IsRefused(string text, string said) => Refused(said, () => Json(text));

    [Fact]
    public void WrongEncoding_IsRefused()
    {
        const string Text = "date,model,count,firstSerial,line\n2026-11-01,3012,5,,Straße";
        Refused("not UTF-8", () => PlanReader.Read(Encoding.Latin1.GetBytes(Text), MediaTypeHeaderValue.Parse("text/csv"), November));
        Refused("encoding is 'iso-8859-1'", () => PlanReader.Read("date,model,count\n"u8, MediaTypeHeaderValue.Parse("text/csv; charset=iso-8859-1"), November));
        Refused("not UTF-8", () => PlanReader.Read([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("date,model,count\n")], MediaTypeHeaderValue.Parse("text/csv"), November));
    }

    [Fact]
    public void OtherMediaType_IsRefused() => Refused("came as 'text/html'", () => PlanReader.Read("<html>"u8, MediaTypeHeaderValue.Parse("text/html"), November));

    [Fact]
    public void TooLong_IsRefused() => Refused("longer than", () => PlanReader.Read(new byte[PlanReader.MaxBytes + 1], MediaTypeHeaderValue.Parse("text/csv"), November));

    [Fact]
    public void SerialsThatUnitsBear_AreRefusedUnlessTheRowIsTheSame()
    {
        var plan = Csv("date,model,count,firstSerial,line\n2026-11-05,3012,10,100000,\n");
        (DateOnly, ModelCode, SerialRange)[] other = [(new DateOnly(2026, 11, 4), ModelCode.Parse("3012"), new SerialRange(100_009, 1))];
        (DateOnly, ModelCode, SerialRange)[] same = [(new DateOnly(2026, 11, 5), ModelCode.Parse("3012"), new SerialRange(100_000, 10))];
        Refused("overlap 100009 to 100009, which were given to units of 2026-11-04", () => PlanRules.RequireFreeSerials(plan, other));
        PlanRules.RequireFreeSerials(plan, same);
    }

    private static ProductionPlan Csv(string text) => PlanReader.Read(Encoding.UTF8.GetBytes(text), MediaTypeHeaderValue.Parse("text/csv; charset=utf-8"), November);

    private static ProductionPlan Json(string text) => PlanReader.Read(Encoding.UTF8.GetBytes(text), MediaTypeHeaderValue.Parse("application/json"), November);

    private static void Refused(string said, Action read)
    {
        var refusal = Assert.Throws<ProvisioningException>(read);
        Assert.Equal(ErrorCode.InvalidPlan, refusal.Code);
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }
}

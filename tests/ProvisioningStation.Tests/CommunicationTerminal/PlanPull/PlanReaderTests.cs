using System.Net.Http.Headers;
using System.Text;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

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
    public void ShiftJis_IsReadWhereItIsAgreed()
    {
        var bytes = System.Text.CodePagesEncodingProvider.Instance.GetEncoding(932)!.GetBytes("日付,機種,台数\n2026-11-01,3012,5\n");
        Assert.Equal(5, PlanReader.Read(bytes, MediaTypeHeaderValue.Parse("text/csv"), November, PlanEncoding.ShiftJis).Rows.Single().Count);
        Assert.Equal(5, PlanReader.Read(bytes, MediaTypeHeaderValue.Parse("text/csv; charset=Windows-31J"), November, PlanEncoding.ShiftJis).Rows.Single().Count);
        Refused("If the factory's system writes Shift-JIS, set PlanPull:Encoding to ShiftJis", () => PlanReader.Read(bytes, MediaTypeHeaderValue.Parse("text/csv"), November));
        Refused("not Shift-JIS: byte 1", () => PlanReader.Read([0x81, 0x20], MediaTypeHeaderValue.Parse("text/csv"), November, PlanEncoding.ShiftJis));
        Refused("encoding is 'utf-8'", () => PlanReader.Read(bytes, MediaTypeHeaderValue.Parse("text/csv; charset=utf-8"), November, PlanEncoding.ShiftJis));
        var marked = Encoding.UTF8.GetPreamble().Concat("日付,機種,台数\n2026-11-01,3012,5\n"u8.ToArray()).ToArray();
        Assert.Equal(5, PlanReader.Read(marked, MediaTypeHeaderValue.Parse("text/csv"), November, PlanEncoding.ShiftJis).Rows.Single().Count); // Excel's "CSV UTF-8"
    }

    [Fact]
    public void EveryBadRow_IsListedAndTheOthersAreRead()
    {
        var plan = Csv("date,model,count,firstSerial,line\r\n2026-11-01,3012,x,,\r\n2026-11-02,3012,5,,\r\n\r\n2026-11-03,\"3012,5,,\r\n2026-11-04,3012,5\r\n2026-11-05,\"3012\",\"6\",,\"1001\"\r\n2026-13-06,3012,5,,\r\n");
        Assert.Equal([2, 5], plan.Rows.Select(row => row.Date.Day));
        Assert.Equal(
            [
                "Line 5 has a quotation mark that is not closed on the same line.",
                "Line 6 has another number of cells than the header.",
                "Line 2, column count: 'x' is not a whole number from 0 to 999999.",
                "Line 8, column date: '2026-13-06' is not a date of the form yyyy-MM-dd.",
            ],
            plan.Bad.Kept.Select(row => row.Sentence));
        Assert.True(plan.Bad.Concern(new DateOnly(2026, 11, 1), ModelCode.Parse("3012")));
        Assert.False(plan.Bad.Concern(new DateOnly(2026, 11, 4), ModelCode.Parse("3012")));
    }

    [Fact]
    public void DayGivenTwice_IsTakenFromNeitherRow()
    {
        var plan = Csv("date,model,count,firstSerial,line\n2026-11-01,3012,5,,\n2026-11-01,3012,6,,\n2026-11-02,3012,7,,\n");
        Assert.Equal([7], plan.Rows.Select(row => row.Count));
        Assert.Equal(2, plan.Bad.Count);
    }

    [Fact]
    public async Task TenThousandRows_AreReadQuickly()
    {
        var text = new StringBuilder("date,model,count,firstSerial,line\n");
        for (var i = 0; i < 10_000; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"2026-11-{(i % 30) + 1:D2},{i / 30:X4},{i % 100},,\"100{i % 9}\"\n");
        var plan = Csv(text.ToString());
        Assert.Equal((10_000, 0), (plan.Rows.Count, plan.Bad.Count));
        await Speed.BestAsync(TimeSpan.FromSeconds(1), () => Task.FromResult(Csv(text.ToString())));
    }

    [Fact]
    public void OnlyBadRows_AreCountedAndTheFirstAreKept()
    {
        var plan = Csv("date,model,count,firstSerial,line\n" + string.Concat(Enumerable.Repeat("2026-11-01,<script>alert(1)</script>,5,,\n", 90_000)));
        Assert.Equal((90_000, BadRows.MaxKept), (plan.Bad.Count, plan.Bad.Kept.Count));
        var refusal = Assert.Throws<ProvisioningException>(plan.RequireAnyGood);
        Assert.EndsWith("89999 further rows are bad too, and none is good.", refusal.Message, StringComparison.Ordinal);
        Refused("more than 100000 rows", () => Csv("date,model,count,firstSerial,line\n" + string.Concat(Enumerable.Repeat("2026-11-01,3012,5,,\n", 100_001))));
    }

    [Theory]
    [InlineData("2026-11-01,=cmd|' /C calc'!A1,5,,", "'=cmd|' /C calc'!A1' is not a model code")]
    [InlineData("2026-11-01,3012,5,,=1+1", "'=1+1' is not the name of a line")]
    [InlineData("2026-11-01,3012,5,,<img src=x>", "'<img src=x>' is not the name of a line")]
    [InlineData("2026-11-01,3012,+5+5,,", "'+5+5' is not a whole number")]
    [InlineData("2026-11-01,３０１２,5,,", "'\\uff13\\uff10\\uff11\\uff12' is not a model code")]
    public void FormulaOrMarkup_IsABadRow(string row, string said) => Refused(said, () => Csv("date,model,count,firstSerial,line\n" + row));

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
        var clash = Assert.Single(PlanRules.FindTakenSerials(plan.Rows, other));
        Assert.Contains("overlap 100009 to 100009, which were given to units of 2026-11-04", clash.Sentence, StringComparison.Ordinal);
        Assert.Empty(PlanRules.FindTakenSerials(plan.Rows, same));
    }

    private static PlanReading Csv(string text) => PlanReader.Read(Encoding.UTF8.GetBytes(text), MediaTypeHeaderValue.Parse("text/csv; charset=utf-8"), November);

    private static PlanReading Json(string text) => PlanReader.Read(Encoding.UTF8.GetBytes(text), MediaTypeHeaderValue.Parse("application/json"), November);

    /// <summary>Nothing of the row at fault is taken: where others are good, it is listed, else the plan is refused for it.</summary>
    private static void Refused(string said, Func<PlanReading> read)
    {
        var refusal = Assert.Throws<ProvisioningException>(() => RequireGood(read()));
        Assert.Equal(ErrorCode.InvalidPlan, refusal.Code);
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    private static void RequireGood(PlanReading reading)
    {
        if (reading.Bad.Count > 0)
            throw PlanReader.Invalid(string.Join(" ", reading.Bad.Kept));
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ProvisioningStation.ProductionManagement.Plans;

/// <summary>The plan of one month: a row per day and model, in JSON or CSV.</summary>
internal sealed class MonthPlan(DateOnly firstDay, IReadOnlyList<PlannedModel> models)
{
    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    public static bool TryParseMonth(string? text, out DateOnly firstDay) =>
        DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out firstDay);

    /// <summary><c>{"month":…,"days":[{"date":…,"model":…,"count":…,"firstSerial":…,"line":…}]}</c>.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("month", firstDay.ToString("yyyy-MM", CultureInfo.InvariantCulture));
            json.WriteStartArray("days");
            foreach (var (date, model, firstSerial) in Rows())
            {
                json.WriteStartObject();
                json.WriteString("date", date);
                json.WriteString("model", model.Model);
                json.WriteNumber("count", model.CountPerDay);
                if (firstSerial is { } serial)
                    json.WriteNumber("firstSerial", serial);
                else
                    json.WriteNull("firstSerial");
                json.WriteString("line", model.Line);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Header <c>date,model,count,firstSerial,line</c>.</summary>
    public byte[] ToCsv()
    {
        var csv = new StringBuilder("date,model,count,firstSerial,line\r\n");
        foreach (var (date, model, firstSerial) in Rows())
            csv.Append(CultureInfo.InvariantCulture, $"{date},{model.Model},{model.CountPerDay},{firstSerial},{model.Line}\r\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    private IEnumerable<(string Date, PlannedModel Model, int? FirstSerial)> Rows()
    {
        var days = DateTime.DaysInMonth(firstDay.Year, firstDay.Month);
        for (var day = 0; day < days; day++)
        {
            foreach (var model in models)
                yield return (firstDay.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), model, model.FirstSerial + (day * model.CountPerDay));
        }
    }
}

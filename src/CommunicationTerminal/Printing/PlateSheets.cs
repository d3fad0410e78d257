using ProvisioningStation.CommunicationTerminal.Printing.Sheets;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>Rating plates, one after the other on the places of the pages.</summary>
internal static class PlateSheets
{
    /// <summary>The pages for <paramref name="units"/>, made as they are asked for. The first plate stands on place <paramref name="start"/> (from 1): a half used sheet of labels is used up.</summary>
    public static IEnumerable<Sheet> Draw(PlateLayout layout, int start, IEnumerable<PrintedUnit> units, BarcodeKind kind, PrintingOptions options)
    {
        var marks = new List<Mark>();
        var place = start - 1;
        foreach (var unit in units)
        {
            if (place == layout.PerPage)
            {
                yield return new Sheet(layout.Width, layout.Height, marks);
                (marks, place) = ([], 0);
            }

            marks.AddRange(Plate.Draw(layout, place, unit, kind, options));
            place++;
        }

        if (marks.Count > 0)
            yield return new Sheet(layout.Width, layout.Height, marks);
    }
}

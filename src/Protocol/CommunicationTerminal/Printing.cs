namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>What is printed for a unit (P-33).</summary>
public enum PrintedDocument
{
    /// <summary>The rating plate that goes onto the product.</summary>
    Plate,

    /// <summary>The check sheet that goes with it along the line.</summary>
    CheckSheet,
}

/// <summary>What kind of barcode carries the machine number.</summary>
public enum BarcodeKind
{
    /// <summary>Code 128 (ISO/IEC 15417), the default.</summary>
    Code128,

    /// <summary>Code 39 (ISO/IEC 16388), for scanners that read nothing newer.</summary>
    Code39,

    /// <summary>QR code (ISO/IEC 18004).</summary>
    Qr,
}

/// <summary>
/// What <c>POST /api/print</c> orders. Which units: <paramref name="Units"/>, or all of <paramref name="PlanDate"/> (and <paramref name="Model"/>), or <paramref name="First"/> to
/// <paramref name="Last"/>. The same id again is the same printing, never a second one.
/// </summary>
/// <param name="Id">The caller's name for it, a UUID.</param>
/// <param name="Document">Plates or check sheets.</param>
/// <param name="Units">Machine numbers.</param>
/// <param name="PlanDate">The day of a batch.</param>
/// <param name="Model">The model of a batch; null for every model of the day.</param>
/// <param name="First">The first machine number of a range.</param>
/// <param name="Last">The last one, of the same model.</param>
/// <param name="Barcode">Null for the terminal's own setting.</param>
/// <param name="Layout">Of plates, by name; null for the terminal's first.</param>
/// <param name="Start">The place on the sheet where the first plate stands, from 1.</param>
/// <param name="Language">Of check sheets: <c>ja</c> or <c>en</c>; null for English.</param>
/// <param name="ReprintReason">Why units that were printed before are printed again; null where none may be.</param>
public sealed record PrintOrder(
    string Id,
    PrintedDocument Document,
    IReadOnlyList<string>? Units = null,
    DateOnly? PlanDate = null,
    string? Model = null,
    string? First = null,
    string? Last = null,
    BarcodeKind? Barcode = null,
    string? Layout = null,
    int Start = 1,
    string? Language = null,
    string? ReprintReason = null);

/// <summary>A printing as it is on record. <paramref name="Reprints"/> of its <paramref name="Units"/> had been printed before; <paramref name="Deliveries"/> counts how often its pages were fetched.</summary>
public sealed record PrintJob(
    string Id,
    DateTimeOffset At,
    string Who,
    PrintedDocument Document,
    string Selection,
    string? Layout,
    int Start,
    BarcodeKind Barcode,
    string Language,
    int Units,
    int Reprints,
    string? Reason,
    int Deliveries);

/// <summary>Where plates stand on the paper, in mm, as <c>GET /api/print/layouts</c> tells it.</summary>
public sealed record PrintLayout(string Name, decimal LabelWidth, decimal LabelHeight, double PageWidth, double PageHeight, int PlatesOnAPage);

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

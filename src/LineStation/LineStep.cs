namespace ProvisioningStation.LineStation;

/// <summary>What a line does to the board on its cable, one after the other. Board lines, product lines and service-part lines differ only in their list (P-11, P-12).</summary>
public enum LineStep
{
    /// <summary>A blank board gets the common certificate without anybody asking (P-11).</summary>
    WriteCommonCertificate,

    /// <summary>The board gets the newest firmware for the scanned unit's model, where it runs another one (U-1).</summary>
    UpdateFirmware,

    /// <summary>The scanned unit's own certificate is written (P-13 … P-19).</summary>
    WriteCertificate,

    /// <summary>The board initialises its parameters (P-12).</summary>
    InitializeParameters,

    /// <summary>The board answers with its new certificate in a new handshake (P-27).</summary>
    Prove,

    /// <summary>The unit's check sheet is printed at the line (P-33).</summary>
    PrintCheckSheet,
}

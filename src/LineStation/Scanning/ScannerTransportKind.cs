namespace ProvisioningStation.LineStation.Scanning;

/// <summary>How the scanner is joined to this station.</summary>
public enum ScannerTransportKind
{
    /// <summary>There is none: codes come through the kiosk page.</summary>
    None,

    /// <summary>By a serial port, which a USB scanner in COM emulation is too.</summary>
    Serial,

    /// <summary>By the network: the station connects to the scanner.</summary>
    Tcp,

    /// <summary>By the network: the scanner connects to the station.</summary>
    TcpListen,
}

/// <summary>Who may stop whom from sending on a serial port.</summary>
public enum SerialFlowControl
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>The lines RTS and CTS.</summary>
    RtsCts,

    /// <summary>The characters XON and XOFF.</summary>
    XonXoff,
}

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>The ordinary texts of the kiosk: <c>KioskText.resx</c> and <c>KioskText.ja.resx</c>.</summary>
internal sealed class KioskText;

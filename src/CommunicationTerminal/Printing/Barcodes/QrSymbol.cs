using QRCoder;

namespace ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

/// <summary>QR code (ISO/IEC 18004) at error correction level Q: a quarter of the symbol may be dirty or scratched. Encoded by QRCoder.</summary>
internal static class QrSymbol
{
    private const int Quiet = 4;

    /// <summary>Encodes <paramref name="text"/>; a machine number makes the smallest version, 21 by 21 modules.</summary>
    public static Symbol Encode(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.Q);
        // The matrix comes with its own quiet zone of four modules.
        var size = code.ModuleMatrix.Count - (2 * Quiet);
        var bars = new List<Bar>();
        for (var row = 0; row < size; row++)
        {
            var modules = code.ModuleMatrix[row + Quiet];
            for (var column = 0; column < size; column++)
            {
                var start = column;
                while (column < size && modules[column + Quiet])
                    column++;
                if (column > start)
                    bars.Add(new Bar(row, start, column - start));
            }
        }

        return new Symbol(size, size, Quiet, bars);
    }
}

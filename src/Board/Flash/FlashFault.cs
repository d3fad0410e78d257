using System.Globalization;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// A worn flash on demand: while <paramref name="file"/> holds a number above zero, each write takes one off and a byte of what is written comes out different,
/// so that only the read-back can find it. The count goes down before the write, durably: a power cut does not bring a spent fault back.
/// </summary>
internal sealed class FlashFault(string file)
{
    /// <summary>Takes one off, durably. False where there is none left.</summary>
    public bool TryTake()
    {
        if (!File.Exists(file) || !int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var left) || left <= 0)
            return false;
        DurableFile.Write(file, Encoding.ASCII.GetBytes((left - 1).ToString(CultureInfo.InvariantCulture) + "\n"));
        return true;
    }

    /// <summary>What the flash makes of <paramref name="content"/>.</summary>
    public byte[] Pass(byte[] content)
    {
        if (!TryTake())
            return content;
        var spoiled = (byte[])content.Clone();
        spoiled[spoiled.Length / 2] ^= 0x01;
        return spoiled;
    }
}

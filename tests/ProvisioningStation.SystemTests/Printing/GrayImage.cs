using System.Globalization;
using System.Text;

namespace ProvisioningStation.SystemTests.Printing;

/// <summary>A gray picture as poppler writes it (PGM, P5), of which parts can be cut.</summary>
internal sealed record GrayImage(int Width, int Height, byte[] Pixels)
{
    public static GrayImage Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var at = 0;
        var head = Enumerable.Range(0, 4).Select(_ => NextWord(bytes, ref at)).ToArray();
        return new GrayImage(Number(head[1]), Number(head[2]), bytes[at..]);
    }

    /// <summary>A part, in shares of the whole.</summary>
    public GrayImage Cut(double x, double y, double width, double height)
    {
        var (left, top) = ((int)(x * Width), (int)(y * Height));
        var (columns, rows) = (Math.Min((int)(width * Width), Width - left), Math.Min((int)(height * Height), Height - top));
        var part = new byte[columns * rows];
        for (var row = 0; row < rows; row++)
            Pixels.AsSpan(((top + row) * Width) + left, columns).CopyTo(part.AsSpan(row * columns));
        return new GrayImage(columns, rows, part);
    }

    public void Write(string file)
    {
        using var stream = File.Create(file);
        stream.Write(Encoding.ASCII.GetBytes($"P5\n{Width} {Height}\n255\n"));
        stream.Write(Pixels);
    }

    private static string NextWord(byte[] bytes, ref int at)
    {
        var start = at;
        while (bytes[at] > ' ')
            at++;
        return Encoding.ASCII.GetString(bytes, start, at++ - start);
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}

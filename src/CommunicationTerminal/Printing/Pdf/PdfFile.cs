using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;

namespace ProvisioningStation.CommunicationTerminal.Printing.Pdf;

/// <summary>
/// Writes the objects of a PDF file (ISO 32000-1) one after the other, so that a file of any length needs no more memory than one page and eight bytes for each object.
/// Nothing in it depends on time or chance: the same content gives the same bytes.
/// </summary>
internal sealed class PdfFile
{
    private readonly PipeWriter _output;

    /// <summary>Where each object begins, by number; number 0 is not used.</summary>
    private readonly List<long> _offsets = [0];

    private long _position;

    public PdfFile(PipeWriter output)
    {
        _output = output;
        // The comment's four bytes above 127 tell programs that move files that this one is binary.
        Write("%PDF-1.7\n%"u8);
        Write([0xE2, 0xE3, 0xCF, 0xD3, (byte)'\n']);
    }

    /// <summary>A number for an object that is written later.</summary>
    public int Reserve()
    {
        _offsets.Add(0);
        return _offsets.Count - 1;
    }

    /// <summary>Writes a dictionary or an array under a reserved number.</summary>
    public void WriteObject(int number, string content)
    {
        Begin(number);
        Write(content);
        Write("\nendobj\n"u8);
    }

    /// <summary>Writes a compressed stream under a reserved number; <paramref name="entries"/> are further entries of its dictionary.</summary>
    public void WriteStream(int number, ReadOnlySpan<byte> content, string entries = "")
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(content);
        Begin(number);
        Write(string.Create(CultureInfo.InvariantCulture, $"<< /Length {compressed.Length} /Filter /FlateDecode {entries}>>\nstream\n"));
        Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
        Write("\nendstream\nendobj\n"u8);
    }

    /// <summary>Hands on what was written so far.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken) => await _output.FlushAsync(cancellationToken);

    /// <summary>Writes the table of objects and the end; every reserved object must have been written.</summary>
    public async Task EndAsync(int catalog, int information, CancellationToken cancellationToken)
    {
        var table = _position;
        Write(string.Create(CultureInfo.InvariantCulture, $"xref\n0 {_offsets.Count}\n0000000000 65535 f \n"));
        for (var number = 1; number < _offsets.Count; number++)
        {
            if (_offsets[number] == 0)
                throw new InvalidOperationException($"Object {number} was reserved and not written.");
            Write(string.Create(CultureInfo.InvariantCulture, $"{_offsets[number]:D10} 00000 n \n"));
        }

        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"trailer\n<< /Size {_offsets.Count} /Root {catalog} 0 R /Info {information} 0 R >>\nstartxref\n{table}\n%%EOF\n"));
        await FlushAsync(cancellationToken);
    }

    /// <summary>A text string of the file itself, such as its title: UTF-16 in hexadecimal, so that nothing in it can end the string.</summary>
    public static string Text(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    private void Begin(int number)
    {
        _offsets[number] = _position;
        Write(string.Create(CultureInfo.InvariantCulture, $"{number} 0 obj\n"));
    }

    private void Write(string text) => Write(Encoding.ASCII.GetBytes(text));

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _position += bytes.Length;
    }
}

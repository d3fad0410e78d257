using System.Buffers.Binary;

namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>The sounds of the verdicts as WAV: PASS one high, FAIL three low, BLOCKED two mid (screens.md).</summary>
internal static class Tones
{
    private const int Rate = 16_000; // samples a second
    private const int HeaderLength = 44;
    private const int Fade = Rate / 200; // 5 ms, so that tones don't click
    private const double Loudness = 0.8 * short.MaxValue;

    /// <summary>16-bit mono PCM; empty for <see cref="FeedbackMoment.Scanned"/>, which the scanner itself beeps for.</summary>
    public static byte[] Synthesise(FeedbackMoment moment) => moment switch
    {
        FeedbackMoment.Pass => Wave(1, 1760, milliseconds: 250),
        FeedbackMoment.Fail => Wave(3, 330, milliseconds: 200),
        FeedbackMoment.Blocked => Wave(2, 780, milliseconds: 200),
        _ => [],
    };

    private static byte[] Wave(int times, double hertz, int milliseconds)
    {
        var tone = Rate * milliseconds / 1000;
        var samples = times * tone * 3 / 2; // each tone and half as much silence
        var wave = new byte[HeaderLength + (samples * 2)];
        "RIFF"u8.CopyTo(wave);
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(4), wave.Length - 8);
        "WAVEfmt "u8.CopyTo(wave.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(16), 16); // length of the format
        BinaryPrimitives.WriteInt16LittleEndian(wave.AsSpan(20), 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(wave.AsSpan(22), 1); // channels
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(28), Rate * 2); // bytes a second
        BinaryPrimitives.WriteInt16LittleEndian(wave.AsSpan(32), 2); // bytes a sample
        BinaryPrimitives.WriteInt16LittleEndian(wave.AsSpan(34), 16); // bits a sample
        "data"u8.CopyTo(wave.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wave.AsSpan(40), samples * 2);
        for (var i = 0; i < samples; i++)
        {
            var place = i % (tone * 3 / 2);
            if (place >= tone)
                continue;
            var envelope = Math.Min(1.0, Math.Min(place, tone - place) / (double)Fade);
            var value = (short)(Loudness * envelope * Math.Sin(2 * Math.PI * hertz * place / Rate));
            BinaryPrimitives.WriteInt16LittleEndian(wave.AsSpan(HeaderLength + (i * 2)), value);
        }

        return wave;
    }
}

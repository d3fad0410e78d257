using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>Terminal → CA: one pack for each of 1 to 10,000 machine numbers (P-7, P-8).</summary>
public sealed record IssueCertificatesRequest(RequestId RequestId, IReadOnlyList<MachineNumber> MachineNumbers) : ISoapMessage<IssueCertificatesRequest>
{
    /// <summary>The most machine numbers of one request.</summary>
    public const int MaxMachineNumbers = 10_000;

    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "IssueCertificates",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber, 1, MaxMachineNumbers));

    /// <inheritdoc/>
    public static IssueCertificatesRequest Read(SoapReader reader) => new(
        reader.RequestId(),
        reader.Many(nameof(MachineNumber), 1, MaxMachineNumbers, static r => r.MachineNumber()));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        foreach (var machineNumber in MachineNumbers)
            writer.WriteText(nameof(MachineNumber), machineNumber.ToString());
    }
}

/// <summary>
/// CA → terminal: the packs in the order asked. Held as slices because a full batch is tens of megabytes: the CA sends each slice as soon as it is stored.
/// </summary>
public sealed record IssueCertificatesResponse(RequestId RequestId, IAsyncEnumerable<IReadOnlyList<CertificatePack>> Slices)
    : ISoapMessage<IssueCertificatesResponse>, IStreamedSoapMessage
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "IssueCertificatesResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack, 1, Max: null));

    /// <summary>Reads the whole response into memory. For large batches use <see cref="ReadEach"/>.</summary>
    public static IssueCertificatesResponse Read(SoapReader reader)
    {
        var packs = new List<CertificatePack>();
        var requestId = ReadEach(reader, packs.Add);
        return new IssueCertificatesResponse(requestId, AsSlices(packs));
    }

    /// <summary>Reads pack by pack and hands each to <paramref name="receive"/> as it comes.</summary>
    public static RequestId ReadEach(SoapReader reader, Action<CertificatePack> receive)
    {
        var requestId = reader.RequestId();
        while (reader.IsNext(nameof(CertificatePack)))
            receive(CertificatePack.Read(reader));
        return requestId;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(XmlWriter writer, Func<Task> flushAsync, CancellationToken cancellationToken)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        await foreach (var slice in Slices.WithCancellation(cancellationToken))
        {
            foreach (var pack in slice)
                pack.Write(writer);
            await flushAsync();
        }
    }

    /// <inheritdoc/>
    public void Write(XmlWriter writer) => throw new InvalidOperationException("This response is streamed: use WriteAsync.");

    private static async IAsyncEnumerable<IReadOnlyList<CertificatePack>> AsSlices(IReadOnlyList<CertificatePack> packs)
    {
        await Task.CompletedTask;
        yield return packs;
    }
}

using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Reads what somebody sends, up to what a plan may be long.</summary>
internal static class BoundedContent
{
    /// <summary>All bytes.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.RequestTooLarge"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (content.Length + read > PlanReader.MaxBytes)
                throw new ProvisioningException(ErrorCode.RequestTooLarge, $"The plan is longer than {PlanReader.MaxBytes} bytes.");
            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }
}

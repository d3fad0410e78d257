namespace ProvisioningStation.Protocol;

/// <summary>
/// The one exception of this system: a code that programs act on, and a sentence for people that says what was wrong and what to do.
/// The sentence goes over the wire, so it never holds a secret or a stack trace.
/// </summary>
public sealed class ProvisioningException(ErrorCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What programs act on.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>Whether the peer said it, in a fault; otherwise this program found it.</summary>
    public bool SaidByPeer { get; init; }
}

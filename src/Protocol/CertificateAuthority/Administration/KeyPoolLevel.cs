namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>How full the pool of keys made ahead is, for one kind of key.</summary>
/// <param name="Algorithm">The kind.</param>
/// <param name="Level">Keys in the pool.</param>
/// <param name="Target">Keys that should be in it.</param>
/// <param name="KeysPerMinute">How many this machine makes in a minute while nothing is issued; null before the first since the start.</param>
public sealed record KeyPoolLevel(KeyAlgorithm Algorithm, int Level, int Target, double? KeysPerMinute);

/// <summary>The answer of <c>GET /api/key-pool</c>.</summary>
/// <param name="IsIdle">Whether keys are being made: nothing was issued for long enough.</param>
/// <param name="Pools">The kinds of key that profiles use and that are made ahead.</param>
public sealed record KeyPoolState(bool IsIdle, IReadOnlyList<KeyPoolLevel> Pools);

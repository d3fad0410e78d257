namespace ProvisioningStation.CertificateAuthority.Statistics;

/// <summary>What is counted per day, factory and model. The names stand in the table and in the API.</summary>
internal enum CounterEvent
{
    /// <summary>First certificates with a key of the CA's making, once they are signed.</summary>
    Issued,

    /// <summary>First certificates for a key that the board made (P-28), once they are signed.</summary>
    Signed,

    /// <summary>Certificates in place of one that could not be written, whoever made the key.</summary>
    Reissued,

    /// <summary>Certificates that a device in the field got in place of the one it had.</summary>
    Renewed,

    /// <summary>Certificates that the caller has stored, so that their keys are wiped here.</summary>
    Acknowledged,

    /// <summary>Certificates that a later one has replaced.</summary>
    Superseded,

    /// <summary>Certificates that were revoked.</summary>
    Revoked,

    /// <summary>Certificates whose keys were wiped because nobody acknowledged them in time.</summary>
    Expired,
}

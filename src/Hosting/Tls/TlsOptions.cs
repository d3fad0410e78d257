using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>Where a program finds its certificate, key and trust; paths relative to the data directory. The CA's set-up writes these files.</summary>
public sealed record TlsOptions
{
    /// <summary>PEM: the program's certificate, then its issuing CA's.</summary>
    [Required]
    public string Certificate { get; init; } = "tls.pem";

    /// <summary>PEM: encrypted PKCS#8; the passphrase is the line in <see cref="WrappingKey"/>.</summary>
    [Required]
    public string Key { get; init; } = "tls.key";

    /// <summary>PEM: the one root this program trusts.</summary>
    [Required]
    public string Root { get; init; } = "root.pem";

    /// <summary>The program's wrapping key (mode 0600).</summary>
    [Required]
    public string WrappingKey { get; init; } = "wrap.key";
}

/// <summary>Where a program listens.</summary>
public sealed record ListenOptions
{
    /// <summary>An IP address of this machine.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>A port; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int Port { get; init; }
}

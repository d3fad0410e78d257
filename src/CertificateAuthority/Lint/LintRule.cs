namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Which certificates a rule is for.</summary>
[Flags]
internal enum LintScope
{
    /// <summary>A device's own certificate.</summary>
    Device = 1,

    /// <summary>Another end entity's: the common certificate, a part's.</summary>
    OtherEnd = 2,

    /// <summary>A CA's.</summary>
    Authority = 4,

    /// <summary>Whoever is no CA.</summary>
    End = Device | OtherEnd,

    /// <summary>Every certificate.</summary>
    Every = End | Authority,
}

/// <summary>Whether a certificate keeps a rule. Rules look at form only where an earlier rule has not said already that the thing is missing, so that one fault is said once.</summary>
internal delegate bool LintCheck(in CertificateContent certificate);

/// <summary>One rule that a certificate must keep before it is signed.</summary>
/// <param name="Name">Its name: the clause it comes from, then what it demands.</param>
/// <param name="Text">What it demands, for people.</param>
/// <param name="Scope">For which certificates.</param>
/// <param name="Check">Whether it is kept; may throw <see cref="System.Formats.Asn1.AsnContentException"/> where what it looks at can't be read.</param>
internal sealed record LintRule(string Name, string Text, LintScope Scope, LintCheck Check)
{
    /// <summary>The document and clause, such as <c>RFC 5280, 4.1.2.2</c>.</summary>
    public string Source
    {
        get
        {
            var parts = Name.Split('_');
            var document = parts[0] switch
            {
                "IEEE8021AR" => "IEEE 802.1AR",
                "CABF" => "CA/Browser Forum Baseline Requirements",
                "X690" => "ITU-T X.690",
                _ => "RFC " + parts[0][3..],
            };
            return $"{document}, {string.Join('.', parts[1..^1])}";
        }
    }
}

using System.CommandLine;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca profiles</c> and <c>key-pool</c>: what certificates say, and the keys made ahead for them.</summary>
internal static class ProfileCommands
{
    /// <summary>The profiles of all models, of one, or the rules that all certificates are held against.</summary>
    public static Command Profiles()
    {
        var model = new Argument<string?>("model") { Description = "One model, with all that its certificates say; all models where it is left out.", Arity = ArgumentArity.ZeroOrOne };
        var rules = new Option<bool>("--rules") { Description = "The rules that every certificate is held against before it is signed." };
        return new Command("profiles", "What the certificates of each model say.") { model, rules }
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(model) is { } one)
                {
                    ca.Print(await ca.Client.GetAsync<ProfileDescription>("api/profiles/" + Uri.EscapeDataString(one), cancellationToken), PrintOne);
                    return ExitCode.Ok;
                }

                var list = await ca.Client.GetAsync<ProfileList>("api/profiles", cancellationToken);
                if (parsed.GetValue(rules))
                    ca.Print(list.Rules, PrintRules);
                else
                    ca.Print(list, PrintAll);
                return ExitCode.Ok;
            })
            .WithExamples("stationctl ca profiles", "stationctl ca profiles 3012 --json", "stationctl ca profiles --rules");
    }

    /// <summary>How many keys are made ahead.</summary>
    public static Command KeyPool() => new Command("key-pool", "How many RSA keys are made ahead, and how quickly.")
        .TalksToCa(async (ca, _, cancellationToken) =>
        {
            ca.Print(await ca.Client.GetAsync<KeyPoolState>("api/key-pool", cancellationToken), PrintPool);
            return ExitCode.Ok;
        })
        .WithExamples("stationctl ca key-pool", "stationctl ca key-pool --json --context plant7");

    private static void PrintAll(ProfileList list)
    {
        var table = new OutputTable("Model", "Key", "Valid at most", "A certificate made now ends", "Issuing CA", "Organization", "Unit");
        foreach (var profile in list.Profiles)
            table.Add(profile.Model, profile.Key, Text(profile.Validity), profile.NotAfter, profile.Issuer, profile.Organization, profile.OrganizationalUnit);
        table.Print("No model is listed.");
        if (list.UnlistedModels)
            Console.WriteLine("Other models get certificates too, with the values of Issuance.");
        Console.WriteLine($"Every certificate is held against {list.Rules.Count} rules before it is signed (--rules).");
    }

    private static void PrintOne(ProfileDescription profile)
    {
        var table = new OutputTable("Of model " + profile.Model, string.Empty);
        foreach (var (name, value) in new (string, object?)[]
        {
            ("Key", profile.Key),
            ("Valid at most", Text(profile.Validity)),
            ("A certificate made now ends", profile.NotAfter),
            ("Begins before its making by", profile.Backdate),
            ("Organization", profile.Organization),
            ("Organizational unit", profile.OrganizationalUnit),
            ("Key usage", string.Join(", ", profile.KeyUsage)),
            ("Extended key usage", string.Join(", ", profile.ExtendedKeyUsage)),
            ("Hardware type", profile.HardwareType),
            ("DNS name", profile.DnsName),
            ("URI", profile.Uri),
            ("CRL", profile.CrlUrl),
            ("OCSP", profile.OcspUrl),
            ("Issuing CA's certificate", profile.CaIssuersUrl),
            ("Issuing CA", profile.Issuer),
        })
            table.Add(name, value);
        table.Print("Nothing.");
    }

    private static void PrintRules(IReadOnlyList<LintRuleDescription> rules)
    {
        var table = new OutputTable("Rule", "From", "It demands");
        foreach (var rule in rules)
            table.Add(rule.Name, rule.Source, rule.Text);
        table.Print("There are no rules.");
    }

    private static void PrintPool(KeyPoolState state)
    {
        var table = new OutputTable("Key", ">In the pool", ">Target", ">Made in a minute");
        foreach (var pool in state.Pools)
            table.Add(pool.Algorithm, pool.Level, pool.Target, pool.KeysPerMinute);
        table.Print("No profile uses keys that are made ahead.");
        if (state.Pools.Count > 0)
            Console.WriteLine(state.IsIdle ? "Nothing is issued; keys are made until the targets are reached." : "Certificates were issued just now; keys are made when the CA is idle.");
    }

    private static string Text(TimeSpan? validity) => validity is { } time ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalDays:0.#} days") : "without an end";
}

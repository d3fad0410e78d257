using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control.Contexts;

/// <summary><c>stationctl context</c>: the CAs, terminals and gateways that this user works with, by name.</summary>
public static class ContextCommand
{
    private static readonly SortedDictionary<string, ServedPart> Parts = new(StringComparer.Ordinal) { ["ca"] = ServedPart.CertificateAuthority, ["gateway"] = ServedPart.Gateway, ["terminal"] = ServedPart.Terminal };

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("context", "The CAs, terminals and gateways you work with, by name.") { List(), Show(), Use(), Add(), Remove() };

    private static Command List()
    {
        var json = Json();
        return new Command("list", "Lists the contexts.") { json }.WithExamples("stationctl context list", "stationctl context list --json").Acts((parsed, _) =>
        {
            var file = ContextFile.Read();
            if (parsed.GetValue(json))
            {
                ControlContext.PrintJson(file);
                return Task.FromResult(ExitCode.Ok);
            }

            var table = new OutputTable(string.Empty, "Name", "Part", "Address", "Identity");
            foreach (var context in file.Contexts.Values)
                table.Add(context.Name == file.CurrentOf(context.Part) ? "*" : " ", context.Name, NameOf(context.Part), context.Address, context.Identity);
            table.Print("No contexts. Add one: stationctl context add NAME --address URL --identity DIR [--part terminal]");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Show()
    {
        var name = Name(required: false);
        var json = Json();
        return new Command("show", "Shows one context; without a name the one that is used now.") { name, json }.WithExamples("stationctl context show", "stationctl context show plant7 --json").Acts((parsed, _) =>
        {
            var context = FindChosen(parsed.GetValue(name)) ?? throw new ConfigurationException("No context is chosen: the factory in .factory is used. Choose one: stationctl context use NAME");
            if (parsed.GetValue(json))
                ControlContext.PrintJson(context);
            else
                Console.WriteLine($"Name:     {context.Name}\nPart:     {NameOf(context.Part)}\nAddress:  {context.Address}\nIdentity: {context.Identity}");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Use()
    {
        var name = Name(required: true);
        return new Command("use", "Makes a context the one of its part that is used where nothing else is said.") { name }.WithExamples("stationctl context use plant7").Acts((parsed, _) =>
        {
            var file = ContextFile.Read();
            var context = file.Of(parsed.GetValue(name)!);
            file.WithCurrent(context.Part, context.Name).Write();
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "What to call it: letters, digits, dot, hyphen, underscore." };
        var address = new Option<string>("--address") { Description = "The service address of the CA, terminal or gateway.", HelpName = "URL", Required = true };
        var identity = new Option<string>("--identity") { Description = "The directory with your certificate, key, wrapping key and the root.", HelpName = "DIR", Required = true };
        var part = new Option<string>("--part") { Description = $"What it is: {string.Join(" or ", Parts.Keys)}.", HelpName = "PART", DefaultValueFactory = _ => Parts.First().Key };
        part.AcceptOnlyFromAmong([.. Parts.Keys]);
        return new Command("add", "Adds a context, or changes the one of this name. The first one of its part becomes the current one.") { name, address, identity, part }
            .WithExamples(
                "stationctl context add plant7 --address https://ca.plant7.example:7441 --identity /etc/stationctl/plant7",
                "stationctl context add plant7-terminal --part terminal --address https://terminal.plant7.example:7442 --identity /etc/stationctl/plant7-operator")
            .Acts((parsed, _) =>
            {
                var called = parsed.GetValue(name)!;
                if (called is not { Length: > 0 and <= 64 } || !called.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
                    throw new ConfigurationException($"'{called}' can't be a context's name. Allowed: up to 64 letters, digits, dots, hyphens, underscores.");
                if (!Uri.TryCreate(parsed.GetValue(address), UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
                    throw new ConfigurationException("--address has to be a URL such as https://ca.plant7.example:7441.");
                var directory = Path.GetFullPath(parsed.GetValue(identity)!);
                if (!Directory.Exists(directory))
                    throw new ConfigurationException($"--identity: there is no directory {directory}.");
                var file = ContextFile.Read();
                var role = Parts[parsed.GetValue(part)!].Role;
                file = WithoutCurrent(file, called);
                file.Contexts[called] = new PartContext(called, url, directory, role);
                file.WithCurrent(role, file.CurrentOf(role) ?? called).Write();
                return Task.FromResult(ExitCode.Ok);
            });
    }

    private static Command Remove()
    {
        var name = Name(required: true);
        return new Command("remove", "Forgets a context. Its identity's files stay.") { name }.WithExamples("stationctl context remove plant7").Acts((parsed, _) =>
        {
            var file = ContextFile.Read();
            var context = file.Of(parsed.GetValue(name)!);
            file.Contexts.Remove(context.Name);
            WithoutCurrent(file, context.Name).Write();
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static string NameOf(Role part) => Parts.Values.Single(known => known.Role == part).Name;

    private static PartContext? FindChosen(string? named)
    {
        var file = ContextFile.Read();
        return (named ?? ContextFile.NamedByEnvironment ?? file.Current ?? file.CurrentTerminal ?? file.CurrentGateway) is { } name ? file.Of(name) : null;
    }

    private static ContextFile WithoutCurrent(ContextFile file, string name) =>
        file with
        {
            Current = file.Current == name ? null : file.Current,
            CurrentTerminal = file.CurrentTerminal == name ? null : file.CurrentTerminal,
            CurrentGateway = file.CurrentGateway == name ? null : file.CurrentGateway,
        };

    private static Argument<string?> Name(bool required)
    {
        var name = new Argument<string?>("name") { Description = "The context.", Arity = required ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => ContextFile.Read().Contexts.Keys.Select(known => new System.CommandLine.Completions.CompletionItem(known)));
        return name;
    }

    private static Option<bool> Json() => new(CommandRun.JsonOption) { Description = "Answer as JSON." };
}

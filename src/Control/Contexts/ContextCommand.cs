using System.CommandLine;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.Contexts;

/// <summary><c>stationctl context</c>: the CAs that this user works with, by name.</summary>
public static class ContextCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("context", "The CAs you work with, by name.") { List(), Show(), Use(), Add(), Remove() };

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

            var table = new OutputTable(string.Empty, "Name", "Address", "Identity");
            foreach (var context in file.Contexts.Values)
                table.Add(context.Name == file.Current ? "*" : " ", context.Name, context.Address, context.Identity);
            table.Print("No contexts. Add one: stationctl context add NAME --address URL --identity DIR");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Show()
    {
        var name = Name(required: false);
        var json = Json();
        return new Command("show", "Shows one context; without a name the one that is used now.") { name, json }.WithExamples("stationctl context show", "stationctl context show plant7 --json").Acts((parsed, _) =>
        {
            var context = ContextFile.Read().Choose(parsed.GetValue(name)) ?? throw new ConfigurationException("No context is chosen: the factory in .factory is used. Choose one: stationctl context use NAME");
            if (parsed.GetValue(json))
                ControlContext.PrintJson(context);
            else
                Console.WriteLine($"Name:     {context.Name}\nAddress:  {context.Address}\nIdentity: {context.Identity}");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Use()
    {
        var name = Name(required: true);
        return new Command("use", "Makes a context the one that is used where nothing else is said.") { name }.WithExamples("stationctl context use plant7").Acts((parsed, _) =>
        {
            var file = ContextFile.Read();
            (file with { Current = file.Of(parsed.GetValue(name)!).Name }).Write();
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "What to call it: letters, digits, dot, hyphen, underscore." };
        var address = new Option<string>("--address") { Description = "The CA's service address.", HelpName = "URL", Required = true };
        var identity = new Option<string>("--identity") { Description = "The directory with your certificate, key, wrapping key and the root.", HelpName = "DIR", Required = true };
        return new Command("add", "Adds a context, or changes the one of this name. The first one becomes the current one.") { name, address, identity }
            .WithExamples("stationctl context add plant7 --address https://ca.plant7.example:7441 --identity /etc/stationctl/plant7")
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
                file.Contexts[called] = new CaContext(called, url, directory);
                (file with { Current = file.Current ?? called }).Write();
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
            (file with { Current = file.Current == context.Name ? null : file.Current }).Write();
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static Argument<string?> Name(bool required)
    {
        var name = new Argument<string?>("name") { Description = "The context.", Arity = required ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => ContextFile.Read().Contexts.Keys.Select(known => new System.CommandLine.Completions.CompletionItem(known)));
        return name;
    }

    private static Option<bool> Json() => new(CommandRun.JsonOption) { Description = "Answer as JSON." };
}

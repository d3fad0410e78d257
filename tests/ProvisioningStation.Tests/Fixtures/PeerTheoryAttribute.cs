using Xunit;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A theory about what a program that is not ours says; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute(string program)
    {
        Program = program;
        var found = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));
        if (found != true)
            Skip = $"{program} is not installed";
    }

    public string Program { get; }
}

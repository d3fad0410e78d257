using System.Globalization;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.SystemTests.Fixtures;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>A program that stands still, as one does whose machine has no time for it, until this is disposed.</summary>
internal sealed class Standstill : IAsyncDisposable
{
    private readonly string _id;

    private Standstill(ChildProgram program) => _id = program.Id.ToString(CultureInfo.InvariantCulture);

    public static async Task<Standstill> OfAsync(ChildProgram program)
    {
        var still = new Standstill(program);
        await Tool.RunOkAsync("kill", "-STOP", still._id);
        return still;
    }

    public async ValueTask DisposeAsync() => await Tool.RunOkAsync("kill", "-CONT", _id);
}

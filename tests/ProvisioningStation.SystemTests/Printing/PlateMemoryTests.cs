using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Printing;

/// <summary>What a large order of plates costs in memory. The heap is the whole process's, so no other test runs meanwhile.</summary>
[CollectionDefinition(Alone, DisableParallelization = true)]
[Collection(Alone)]
public sealed class PlateMemoryTests
{
    private const string Alone = "heap of the process";

    [FactNeeds(Paper.Renderer, "pdfinfo")]
    public async Task TenThousandPlates_AreOneFile_MadeInLittleMemory()
    {
        using var paper = new Paper();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var largest = 0L;
        var units = Enumerable.Range(0, PrintingOptions.Limit).Select(i =>
        {
            if (i % 1000 == 999)
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true) - before);
            return Paper.Units([$"3012-{i:D6}"]).Single();
        });
        await paper.PrintAsync(PlateSheets.Draw(PlateLayout.BuiltIn[0], 1, units, BarcodeKind.Code128, new PrintingOptions { PlateTitle = "KOJO MFG" }));

        Assert.Matches(@"Pages:\s+10000\n", await paper.DescribeAsync());
        Assert.InRange(largest, 0, 32 * 1024 * 1024);
    }
}

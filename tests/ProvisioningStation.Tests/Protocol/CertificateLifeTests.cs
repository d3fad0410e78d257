using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.Protocol;

public sealed class CertificateLifeTests
{
    [Fact]
    public void MainLife_IsAllowedStepByStep()
    {
        CertificateState[] life = [CertificateState.Reserved, CertificateState.Issued, CertificateState.Fetched, CertificateState.Written, CertificateState.Proved];
        foreach (var (from, to) in life.Zip(life.Skip(1)))
            Assert.True(CertificateLife.Allows(from, to), $"{from} → {to}");
    }

    [Fact]
    public void NoStateLeadsBack()
    {
        foreach (var end in new[] { CertificateState.Superseded, CertificateState.Revoked, CertificateState.Purged })
        {
            foreach (var to in Enum.GetValues<CertificateState>())
                Assert.False(CertificateLife.Allows(end, to), $"{end} → {to}");
        }

        Assert.Equal(ErrorCode.Conflict, Assert.Throws<ProvisioningException>(() => CertificateLife.Require(CertificateState.Proved, CertificateState.Issued)).Code);
    }
}

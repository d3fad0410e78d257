using ProvisioningStation.FirmwareUpdate.Ftp;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

public sealed class FtpListingTests
{
    [Fact]
    public void Facts_AreReadInAnyOrderAndCase_AndOthersPassedOver() => Assert.Equal(
        [new FtpEntry("a b.img", false, 7), new FtpEntry("old", true, null), new FtpEntry("bare", null, null), new FtpEntry("x;y=z", false, null)],
        FtpListing.ReadFacts("Size=7;UNIX.owner=0;TYPE=File; a b.img\r\ntype=DIR; old\r\n bare\r\ntype=pdir; ..\r\ntype=cdir; /\r\ntype=file; x;y=z\r\n"));

    [Theory]
    [InlineData("drwxr-xr-x 2 0 0 4096 Jan 1 00:00 applications\r\n", "facts, a space and a name")]
    [InlineData("type=file;\r\n", "facts, a space and a name")]
    [InlineData("type; a\r\n", "has no value")]
    [InlineData("type=file;size=-1; a\r\n", "no number")]
    [InlineData("type=file;size=99999999999999999999; a\r\n", "no number")]
    [InlineData("type=file; ../etc/passwd\r\n", "a name in it is none")]
    [InlineData("type=file; ..\r\n", "a name in it is none")]
    [InlineData("type=file; \r\n", "a name in it is none")]
    [InlineData("type=file; a\u001b[2J\r\n", "a name in it is none")]
    public void WhatIsNoList_IsRefusedAndSaysWhy(string text, string why) => Assert.Contains(why, Assert.Throws<FormatException>(() => FtpListing.ReadFacts(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Names_LoseTheFoldersPath_AndTheFolderItselfIsNone() =>
        Assert.Equal([new FtpEntry("a.img", null, null), new FtpEntry("b.img", null, null)], FtpListing.ReadNames("/applications/.\r\n/applications/..\r\n/applications/a.img\r\nb.img\n"));
}

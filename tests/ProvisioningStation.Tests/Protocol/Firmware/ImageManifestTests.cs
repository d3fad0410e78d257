using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Firmware;

/// <summary>What an image says of itself: every allowed value comes back as it was, and a value that is not allowed is named.</summary>
public sealed class ImageManifestTests
{
    private static readonly ImageManifest Firmware = TestImages.Manifest(TestImages.Payload(1000));
    private static readonly ImageManifest Application = Firmware with { Kind = ImageKind.Application, Name = "viewer" };
    private static readonly DateTimeOffset End = new(2030, 1, 31, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<string> Versions = Text("0123456789ABCXYZabcxyz.+-", 32);
    private static readonly Gen<string> Names = Text("abcxyz0189-", 32).Where(name => name[0] != '-');

    /// <summary>What is not allowed, and the word that the refusal has for it.</summary>
    public static TheoryData<string, ImageManifest> NotAllowed => new()
    {
        { "kind", Firmware with { Kind = (ImageKind)2 } },
        { "firmware has no name", Firmware with { Name = "viewer" } },
        { "application's name", Application with { Name = string.Empty } },
        { "application's name", Application with { Name = "../viewer" } },
        { "application's name", Application with { Name = "Viewer" } },
        { "application's name", Application with { Name = "-viewer" } },
        { "application's name", Application with { Name = new string('a', 33) } },
        { "0 models", Firmware with { Models = [] } },
        { "65 models", Firmware with { Models = [.. Enumerable.Range(0, 65).Select(number => ModelCode.Parse($"A{number:000}"))] } },
        { "each once", Firmware with { Models = [ModelCode.Parse("3012"), ModelCode.Parse("A123"), ModelCode.Parse("3012")] } },
        { "version", Firmware with { Version = string.Empty } },
        { "version", Firmware with { Version = "2.0\r\n226 Complete" } },
        { "version", Firmware with { Version = new string('1', 33) } },
        { "its sequence is 0", Firmware with { Sequence = 0 } },
        { "its sequence is -1", Firmware with { Sequence = -1 } },
        { "its sequence is 9007199254740993", Firmware with { Sequence = ImageManifest.MaxSequence + 1 } },
        { "its minimum sequence is -1", Firmware with { MinimumSequence = -1 } },
        { "its minimum sequence is 3", Firmware with { MinimumSequence = 3 } },
        { "its payload has 0 bytes", Firmware with { Size = 0 } },
        { "its payload has 1099511627777 bytes", Firmware with { Size = ImageManifest.MaxSize + 1 } },
        { "whole seconds", Firmware with { Expires = End.AddMilliseconds(1) } },
    };

    [Fact]
    public void AnyManifest_ComesBackAsItWas_InTheSameBytes()
    {
        var manifests =
            from name in Gen.OneOf(Gen.Constant(string.Empty), Names)
            from models in Gen.Choose(1, 64)
            from firstModel in Gen.Choose(0, 9_999 - 64)
            from version in Versions
            from sequence in Number(1, ImageManifest.MaxSequence)
            from minimum in Number(0, sequence)
            from allowsRollback in Gen.Elements(false, true)
            from size in Number(1, ImageManifest.MaxSize)
            from digest in Gen.Choose(0, 255).ArrayOf(32)
            from expires in Gen.OneOf(Gen.Constant<DateTimeOffset?>(null), Gen.Choose(0, int.MaxValue).Select(seconds => (DateTimeOffset?)DateTimeOffset.UnixEpoch.AddSeconds(seconds).ToOffset(TimeSpan.FromHours(9))))
            select new ImageManifest(
                name.Length == 0 ? ImageKind.Firmware : ImageKind.Application,
                name,
                [.. Enumerable.Range(firstModel, models).Select(number => ModelCode.Parse($"{number:0000}"))],
                version,
                sequence,
                minimum,
                allowsRollback,
                size,
                Fingerprint.Parse(Convert.ToHexString([.. digest.Select(octet => (byte)octet)])),
                expires);
        Prop.ForAll(manifests.ToArbitrary(), manifest =>
        {
            var der = manifest.ToDer();
            Assert.InRange(der.Length, 1, ImageManifest.MaxLength);
            var read = ImageManifest.Read(der);
            Assert.Equal(manifest.Models, read.Models);
            Assert.Equal(manifest with { Models = read.Models }, read);
            Assert.Equal(der, read.ToDer());
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(NotAllowed))]
    public void NotAllowed_IsNeitherWrittenNorSigned(string word, ImageManifest manifest)
    {
        var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Sign(manifest, TestImages.Shared.Key));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EdgesOfWhatIsAllowed_AreAllowed()
    {
        ImageManifest[] edges =
        [
            Firmware with { Models = [.. Enumerable.Range(0, 64).Select(number => ModelCode.Parse($"A{number:000}"))] },
            Firmware with { Version = new string('1', 32) },
            Firmware with { Sequence = ImageManifest.MaxSequence, MinimumSequence = ImageManifest.MaxSequence },
            Firmware with { Size = ImageManifest.MaxSize },
            Application with { Name = new string('a', 32), Expires = DateTimeOffset.MaxValue.AddTicks(-(DateTimeOffset.MaxValue.Ticks % TimeSpan.TicksPerSecond)) },
        ];
        Assert.All(edges, manifest => Assert.Equal(manifest.ToDer(), ImageManifest.Read(manifest.ToDer()).ToDer()));
    }

    private static Gen<string> Text(string characters, int length) =>
        from count in Gen.Choose(1, length)
        from text in Gen.Elements<char>(characters.ToCharArray()).ArrayOf(count)
        select new string(text);

    /// <summary>Small ones, large ones and the edges.</summary>
    private static Gen<long> Number(long smallest, long largest) => Gen.OneOf(
        Gen.Constant(smallest),
        Gen.Constant(largest),
        Gen.Choose(0, int.MaxValue).Select(number => smallest + (number % (largest - smallest + 1))),
        Gen.Choose(0, int.MaxValue).Select(number => largest - (number % (largest - smallest + 1))));
}

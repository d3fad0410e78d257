namespace ProvisioningStation.Protocol.Firmware;

/// <summary>What an image meets where it is to be installed.</summary>
/// <param name="Models">The board's own model, or while it has no machine number the models that it can become.</param>
/// <param name="Sequence">Of what is installed now; 0 where nothing is, or nobody knows.</param>
/// <param name="Floor">The largest <see cref="ImageManifest.MinimumSequence"/> of all that ever ran there.</param>
/// <param name="Capacity">Bytes that an image may have, header included.</param>
/// <param name="Now">The moment; null where the clock can't be believed, and expiry is not judged.</param>
/// <param name="Application">The application whose place it is; null for the board's firmware.</param>
public sealed record ImageTarget(IReadOnlyList<ModelCode> Models, long Sequence, long Floor, long Capacity, DateTimeOffset? Now, string? Application = null);

/// <summary>Whether a board may install an image (U-20). The board decides by this before the first byte is written; the updating side asks the same beforehand.</summary>
public static class ImageRules
{
    /// <summary>Passes an image that may be installed at <paramref name="target"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.ImageNotAllowed"/> with the reason.</exception>
    public static void RequireInstallable(ImageHeader header, ImageTarget target)
    {
        var manifest = header.Manifest;
        if ((manifest.Kind == ImageKind.Firmware) != (target.Application is null) || manifest.Name != (target.Application ?? string.Empty))
            throw NotAllowed($"it is {Describe(manifest.Kind == ImageKind.Firmware ? null : manifest.Name)}, and this is the place of {Describe(target.Application)}");
        if (!manifest.Models.Intersect(target.Models).Any())
            throw NotAllowed($"it is for {string.Join(", ", manifest.Models)}, and this board is {string.Join(" or ", target.Models)}");
        if (manifest.Sequence < target.Floor)
            throw NotAllowed($"its sequence {manifest.Sequence} is below {target.Floor}, the lowest that may still be installed");
        if (manifest.Sequence < target.Sequence && !manifest.AllowsRollback)
            throw NotAllowed($"it is older than what is installed (sequence {manifest.Sequence} < {target.Sequence}), and its manifest does not allow that");
        if (target.Now is { } now && manifest.HasExpired(now))
            throw NotAllowed($"it expired at {manifest.Expires:u}");
        if (header.ImageLength > target.Capacity)
            throw NotAllowed($"it takes {header.ImageLength} bytes, and there is room for {target.Capacity}");
    }

    private static string Describe(string? application) => application is null ? "firmware" : $"the application {application}";

    private static ProvisioningException NotAllowed(string why) => new(ErrorCode.ImageNotAllowed, $"The image may not be installed here: {why}.");
}

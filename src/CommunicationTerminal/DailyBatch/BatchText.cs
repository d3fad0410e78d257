using System.Globalization;
using Microsoft.Extensions.Localization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>The texts of the batch's page: <c>BatchText.resx</c> and <c>BatchText.ja.resx</c>.</summary>
internal sealed class BatchText;

/// <summary>Words that need more than a look-up.</summary>
internal static class BatchWords
{
    /// <summary>What went wrong, for the plant manager.</summary>
    public static string WhatWentWrong(this IStringLocalizer<BatchText> text, ErrorCode code) => Of(text, "What", code);

    /// <summary>What the plant manager can do about it.</summary>
    public static string WhatToDo(this IStringLocalizer<BatchText> text, ErrorCode code) => Of(text, "Do", code);

    /// <summary>A time to come, in words: <c>about 3 min</c>.</summary>
    public static string TimeLeft(this IStringLocalizer<BatchText> text, double? seconds) => seconds switch
    {
        null => text["TimeLeft.Unknown"],
        < 60 => text["TimeLeft.Seconds", ((int)Math.Ceiling(seconds.Value)).ToString(CultureInfo.CurrentCulture)],
        _ => text["TimeLeft.Minutes", ((int)Math.Ceiling(seconds.Value / 60)).ToString(CultureInfo.CurrentCulture)],
    };

    private static string Of(IStringLocalizer<BatchText> text, string kind, ErrorCode code) =>
        text[$"{kind}.{code}"] is { ResourceNotFound: false } words ? words : text[$"{kind}.Other"];
}

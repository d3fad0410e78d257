using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Layout;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>What the pages of records share: their texts, and moments as the factory's clock showed them.</summary>
public abstract class RecordPage : ManagerPage
{
    [Inject]
    private protected IStringLocalizer<RecordText> Text { get; set; } = null!;

    /// <summary>A moment by the factory's clock, to the second; a dash where there is none.</summary>
    private protected string When(DateTimeOffset? moment) =>
        moment is { } known ? Clock.LocalOf(UtcText.Of(known)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "–";

    /// <summary>A stored word in the reader's language; one that has no text yet stays as it is.</summary>
    private protected string Word(string kind, string? stored) => stored is null ? "–" : Text[$"{kind}.{stored}"] is { ResourceNotFound: false } text ? text.Value : stored;

    /// <summary>How a state is shown: colour only for what failed or waits for somebody, and never without its word.</summary>
    private protected static string BadgeOf(UnitState state) => state switch
    {
        UnitState.Blocked => "badge bad",
        UnitState.ReissuePending => "badge short",
        _ => "badge",
    };
}

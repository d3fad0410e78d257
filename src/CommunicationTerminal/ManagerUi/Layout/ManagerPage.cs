using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Layout;

/// <summary>What every page has: the request, who sent it, and the way on after a form.</summary>
public abstract class ManagerPage : ComponentBase
{
    /// <summary>The request; set on every page, which is rendered here and nowhere else.</summary>
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private protected FactoryClock Clock { get; set; } = null!;

    [Inject]
    private protected IStringLocalizer<ManagerText> Frame { get; set; } = null!;

    /// <summary>Who is signed in.</summary>
    private protected ManagerIdentity Who => ManagerIdentity.Of(Http);

    /// <summary>Whether the request is a form that was sent.</summary>
    private protected bool IsPost => HttpMethods.IsPost(Http.Request.Method);

    /// <summary>Ends a form: the browser goes to a page of ours by GET, so that reloading it sends nothing twice.</summary>
    private protected void GoTo(string path) => Navigation.NavigateTo(path);

    /// <summary>A number in an address, null where it is none: a parameter of a number's type would end in an internal error.</summary>
    private protected static long? NumberIn(string? text) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A stored moment as the factory's clock showed it: <c>2026-11-21 14:05</c>; a dash where there is none.</summary>
    private protected string Moment(string? stored) =>
        stored is null ? "–" : Clock.LocalOf(stored).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}

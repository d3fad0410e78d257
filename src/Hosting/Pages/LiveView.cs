using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace ProvisioningStation.Hosting.Pages;

/// <summary>A part of a page in one language, rendered once for all browsers that show it.</summary>
/// <param name="component">What it shows; without parameters, and the same for everybody who may look.</param>
/// <param name="language">In which language.</param>
public sealed class LiveView(Type component, CultureInfo language)
{
    private int _watchers;

    /// <summary>Whether a browser shows it.</summary>
    public bool IsWatched => Volatile.Read(ref _watchers) > 0;

    /// <summary>The last content; null before the first.</summary>
    public string? Html { get; private set; }

    /// <summary>The last content as an event of the stream: the whole of it, so that no earlier event is needed. Another object when it has changed.</summary>
    public byte[] Event { get; private set; } = [];

    /// <summary>A browser begins or ends to show it.</summary>
    public void Count(int change) => Interlocked.Add(ref _watchers, change);

    /// <summary>Renders it anew; the same content stays the same object.</summary>
    public async Task RenderAsync(HtmlRenderer renderer)
    {
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (language, language);
            return (await renderer.RenderComponentAsync(component, ParameterView.Empty)).ToHtmlString();
        });
        if (html == Html)
            return;
        Html = html;
        Event = Encoding.UTF8.GetBytes($"event: show\ndata: {html.ReplaceLineEndings("\ndata: ")}\n\n");
    }
}

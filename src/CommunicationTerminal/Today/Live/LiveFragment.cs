namespace ProvisioningStation.CommunicationTerminal.Today.Live;

/// <summary>A part of a page that changes by itself: an element with <c>data-live="{Name}"</c> around <paramref name="Component"/>, which has no parameters, no form, and is the same for everybody who may look.</summary>
/// <param name="Name">Its name in <c>GET /live?of=</c>.</param>
/// <param name="Component">What it shows.</param>
internal sealed record LiveFragment(string Name, Type Component);

/// <summary>Registers them.</summary>
internal static class LiveFragments
{
    /// <summary>Registers a part that changes by itself.</summary>
    public static void AddLive<TComponent>(this IServiceCollection services, string name)
        where TComponent : Microsoft.AspNetCore.Components.IComponent => services.AddSingleton(new LiveFragment(name, typeof(TComponent)));
}

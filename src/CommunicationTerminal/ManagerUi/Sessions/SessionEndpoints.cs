using Microsoft.AspNetCore.Antiforgery;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

/// <summary>Signing out, and locking before one leaves the room. Both are forms of the frame around every page.</summary>
internal static class SessionEndpoints
{
    /// <summary>Maps <c>POST /sign-out</c> and <c>POST /lock</c>.</summary>
    public static void MapSessions(this IEndpointRouteBuilder pages)
    {
        pages.MapPost("/sign-out", async (HttpContext context, ManagerSessions sessions, IAntiforgery forms) =>
        {
            if (!await forms.IsRequestValidAsync(context))
                return Results.BadRequest();
            if (SessionAuthentication.TokenOf(context) is { } token)
                await sessions.EndAsync(token, context.RequestAborted);
            SessionAuthentication.Take(context);
            return Results.LocalRedirect("/sign-in");
        }).AllowAnonymous();
        pages.MapPost("/lock", async (HttpContext context, ManagerSessions sessions, IAntiforgery forms) =>
        {
            if (!await forms.IsRequestValidAsync(context))
                return Results.BadRequest();
            if (SessionAuthentication.TokenOf(context) is { } token)
                await sessions.LockAsync(token, context.RequestAborted);
            return Results.LocalRedirect($"/unlock?to={Uri.EscapeDataString(LocalPath.Of(context.Request.Form["to"]))}");
        }).AllowAnonymous();
    }
}

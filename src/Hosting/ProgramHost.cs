using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting;

/// <summary>How every program of this system runs: the same arguments, the same limits, the same words when it can't start.</summary>
/// <remarks>
/// Arguments: <c>--config FILE</c> (JSON), <c>--data DIR</c> (made with mode 0700), <c>--stop-on-stdin-end</c> (ends when the starter's end of the pipe closes, so that no
/// program outlives its launcher), and <c>--Section:Key=value</c> to override a value of the file. Secrets are never arguments.
/// </remarks>
public static class ProgramHost
{
    private const string StopOnStandardInputEnd = "--stop-on-stdin-end";

    /// <summary>Configuration is read once; a watcher per program would use up the user's inotify instances (often 128) on a machine with many lines.</summary>
    private const string NoFileWatcher = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Builds and runs a program until it is told to stop. Returns 0, or 1 after one clear line on standard error.</summary>
    public static async Task<int> RunAsync(string name, Func<string[], WebApplication> build, string[] args)
    {
        try
        {
            await using (var app = build(args))
            {
                Settings.RefuseUnknownSections(app.Configuration);
                if (await HasStartedAsync(app))
                {
                    var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
                    Console.WriteLine($"{name} ready on {(addresses.Count > 0 ? string.Join(", ", addresses) : "no address")}");
                    if (args.Contains(StopOnStandardInputEnd))
                        StopWhenStandardInputEnds(app.Lifetime);
                    await app.WaitForShutdownAsync(CancellationToken.None);
                }
            }

            Console.WriteLine($"{name} stopped"); // behind the last line of the log
            return 0;
        }
        catch (Exception cause) when (Explain(cause) is { } line)
        {
            await Console.Error.WriteLineAsync($"{name}: {line}");
            return 1;
        }
    }

    /// <summary>Starts it; false where it was told to stop before it had started, which is as good an end as any.</summary>
    private static async Task<bool> HasStartedAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync(CancellationToken.None);
            return true;
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Runs a command that ends by itself. Returns 0, or 1 after one clear line on standard error.</summary>
    public static int RunCommand(string name, Action<string[]> command, string[] args)
    {
        try
        {
            command(args);
            return 0;
        }
        catch (Exception cause) when (Explain(cause) is { } line)
        {
            Console.Error.WriteLine($"{name}: {line}");
            return 1;
        }
    }

    /// <summary>A builder with the configuration read, time, data directory, limits and logging in place.</summary>
    /// <exception cref="ConfigurationException">An argument or the file is wrong.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        string? file = null;
        string? data = null;
        var overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--config" && i + 1 < args.Length)
                file = args[++i];
            else if (args[i] == "--data" && i + 1 < args.Length)
                data = args[++i];
            else if (args[i] != StopOnStandardInputEnd)
                AddOverride(overrides, args[i]);
        }

        var directory = DataDirectory.Open(data ?? throw new ConfigurationException("Say where the data is: --data DIR"));
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = directory.Path, Args = [NoFileWatcher] });
        builder.Configuration.Sources.Clear();
        if (file is not null)
            AddFile(builder.Configuration, Path.GetFullPath(file));
        builder.Configuration.AddInMemoryCollection(overrides);
        builder.Services.AddSingleton(directory);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<HealthState>();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // so that the caller is told which value does not fit
        builder.Services.ConfigureHttpJsonOptions(json => JsonForm.Configure(json.SerializerOptions));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 1000;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 500, gracePeriod: TimeSpan.FromSeconds(10));
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(Settings.Read<LogOptions>(builder.Configuration, "Log").Level);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ "; // microseconds: the logs of programs that call each other can be merged by it
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
        return builder;
    }

    private static void AddOverride(Dictionary<string, string?> overrides, string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (!argument.StartsWith("--", StringComparison.Ordinal) || equals < 0 || !argument[..equals].Contains(':', StringComparison.Ordinal))
        {
            throw new ConfigurationException(
                $"Unknown argument '{Printable.Shorten(argument)}'. Allowed: --config FILE, --data DIR, {StopOnStandardInputEnd}, --Section:Key=value.");
        }

        overrides[argument[2..equals]] = argument[(equals + 1)..];
    }

    private static void AddFile(ConfigurationManager configuration, string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"The configuration file {file} does not exist.");
        try
        {
            configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
        }
        catch (Exception cause) when (cause is InvalidDataException or FormatException or System.Text.Json.JsonException)
        {
            throw new ConfigurationException($"The configuration file {file} is not JSON: {(cause.InnerException ?? cause).Message}", cause);
        }

        configuration.AddInMemoryCollection([new(Settings.FileKey, file)]);
    }

    private static void StopWhenStandardInputEnds(IHostApplicationLifetime lifetime)
    {
        var watcher = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
                // Only the end matters.
            }

            lifetime.StopApplication();
        }) { IsBackground = true, Name = "standard input" };
        watcher.Start();
    }

    private static string? Explain(Exception cause) => cause switch
    {
        ConfigurationException => cause.Message.ReplaceLineEndings(" "),
        ProvisioningException known => string.Create(CultureInfo.InvariantCulture, $"{known.Message.ReplaceLineEndings(" ")} ({known.Code})"),
        IOException { InnerException: AddressInUseException } => $"{cause.Message} Another program listens there; end it, or choose another port in the configuration (Listen:Port).",
        SocketException => $"The address can't be used: {cause.Message}. Choose another in the configuration (Listen:Address).",
        IOException => cause.Message.ReplaceLineEndings(" "),
        CryptographicException => $"A key or certificate file can't be used: {cause.Message.ReplaceLineEndings(" ")} Put it back from a copy, or delete certificate and key of that part and run init again.",
        UnauthorizedAccessException => cause.Message.ReplaceLineEndings(" "),
        _ => null,
    };
}

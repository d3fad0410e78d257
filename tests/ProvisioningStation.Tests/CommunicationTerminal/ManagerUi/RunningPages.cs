using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>The terminal with both of its listeners, a clock of the test's, and the accounts viewer, supervisor and manager.</summary>
internal sealed class RunningPages : IAsyncDisposable
{
    /// <summary>Of each account.</summary>
    public const string Password = "seven brave foxes";

    private readonly TemporaryDirectory _directory = new();
    private readonly string[] _overrides;
    private WebApplication _app = null!;

    private RunningPages(string[] overrides) => _overrides = overrides;

    public SettableTime Time { get; } = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    /// <summary>Where stations and operators call.</summary>
    public Uri Parts { get; private set; } = null!;

    /// <summary>Where browsers do.</summary>
    public Uri Pages { get; private set; } = null!;

    public string Directory => _directory.Path;

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Starts it; what <paramref name="overrides"/> do not say is as in the sample configuration, without a CA or a plan that answer.</summary>
    public static async Task<RunningPages> StartAsync(params string[] overrides)
    {
        var pages = new RunningPages(overrides);
        TestPki.Shared.WritePart(pages.Directory, Role.CommunicationTerminal, "factory-1");
        pages.Build();
        foreach (var role in Enum.GetValues<AccountRole>())
            await pages.AddAccountAsync(role.ToString().ToLowerInvariant(), role);
        await pages.ListenAsync();
        return pages;
    }

    public Task AddAccountAsync(string name, AccountRole role, string password = Password, bool mustChange = false)
    {
        var hash = PasswordHash.Create(Encoding.UTF8.GetBytes(password));
        return Get<Database>().WriteAsync(
            (connection, transaction) => Dapper.SqlMapper.Execute(
                connection,
                """
                INSERT INTO account (name, role, salt, password_hash, iterations, must_change, disabled, created_at, changed_at)
                VALUES (@name, @role, @Salt, @Hash, @Iterations, @mustChange, 0, @now, @now)
                """,
                new { name, role = role.ToString(), hash.Salt, hash.Hash, hash.Iterations, mustChange, now = UtcText.Of(Time.Now) },
                transaction),
            default);
    }

    /// <summary>A new process over the same files.</summary>
    public async Task RestartAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Build();
        await ListenAsync();
    }

    /// <summary>A browser that has not signed in.</summary>
    public ManagerBrowser Browser(string language = "en") => new(Pages, language);

    /// <summary>A browser that has.</summary>
    public async Task<ManagerBrowser> SignInAsync(AccountRole role = AccountRole.Manager, string language = "en")
    {
        var browser = Browser(language);
        await browser.SignInAsync(role.ToString().ToLowerInvariant(), Password);
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private void Build() => _app = CommunicationTerminalApp.Build(
        [
            "--config", RepositoryFiles.Resolve("station-config/communication-terminal.json"), "--data", Directory, "--Listen:Port=0", "--ManagerListen:Port=0",
            "--CertificateAuthority:Address=https://127.0.0.1:9", "--PlanPull:Url=https://127.0.0.1:9/plan", "--Factory:TimeZone=UTC", .. _overrides,
        ],
        Time);

    private async Task ListenAsync()
    {
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToList();
        (Parts, Pages) = (addresses[0], addresses[1]);
    }
}

using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>One-time passwords of boards that start one after the other on the same NVRAM, without a network.</summary>
public abstract class UpdatePasswordTest : IDisposable
{
    private protected const string Id = "gateway-1";
    private protected const string First = "FIRST-PASSWORD-23456";
    private protected const string Second = "SECOND-PASSWORD-2345";

    private protected static readonly UpdatePeer Gateway = new(Role.Gateway, "site-1", IPAddress.Parse("127.0.0.1"));
    private protected static readonly UpdatePeer Station = new(Role.LineStation, "1001", IPAddress.Parse("127.0.0.2"));

    private readonly TemporaryDirectory _directory = new();
    private readonly List<UpdatePassword> _all = [];

    protected UpdatePasswordTest() => System.IO.Directory.CreateDirectory(_directory["nvram"]);

    private protected SteppedTime Time { get; } = new();

    private protected HealthState Health { get; } = new(TimeProvider.System);

    private protected List<string> Reached { get; } = [];

    /// <summary>Where the value lies in NVRAM.</summary>
    private protected string NvramFile => _directory["nvram/update-password"];

    public void Dispose()
    {
        foreach (var password in _all)
            password.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected UpdatePassword Start(string? cutAt = null) => Start(TimeSpan.FromHours(1), cutAt);

    /// <summary>A board starts: only NVRAM is left of what was before.</summary>
    private protected UpdatePassword Start(TimeSpan? limit, string? cutAt = null)
    {
        var map = new MemoryMap(new DataDirectory(_directory.Path));
        var password = new UpdatePassword(map, new UpdatePasswordTerms(limit), Time, new MemoryReport(Health, NullLogger<MemoryReport>.Instance), NullLogger<UpdatePassword>.Instance, place =>
        {
            Reached.Add(place);
            if (place == cutAt)
                throw new PowerCut();
        });
        password.Follow(static _ => { });
        _all.Add(password);
        return password;
    }

    private protected sealed class PowerCut : Exception;
}

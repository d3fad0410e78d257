using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class InitCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Password_IsKeptAsAHashAndCanBeChanged()
    {
        Init("correct horse battery\n");
        var first = Read();
        Init("correct horse battery\r\nsecond line");
        Assert.Equal(first.Hash, Read().Hash);
        Assert.True(first.Matches("correct horse battery"u8));
        Assert.False(first.Matches("correct horse batterx"u8));
        Assert.True(first.Iterations >= 600_000);

        Init("another one entirely");
        Assert.True(Read().Matches("another one entirely"u8));
        Assert.DoesNotContain("another one entirely", File.ReadAllText(_directory["data/communication-terminal.db"], System.Text.Encoding.Latin1), StringComparison.Ordinal);
    }

    [Fact]
    public void IfAbsent_LeavesAChangedPasswordAlone()
    {
        Init("correct horse battery\n", "--if-absent");
        Init("another one entirely");
        Init("correct horse battery\n", "--if-absent");
        Assert.True(Read().Matches("another one entirely"u8));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("\nthe password is on the second line")]
    public void TooShort_IsRefused(string content) => Assert.Throws<ConfigurationException>(() => Init(content));

    [Fact]
    public void MissingFileOrArgument_IsRefused()
    {
        Assert.Contains("can't be read", Assert.Throws<ConfigurationException>(() => InitCommand.Run(["--data", _directory["data"], "--manager-password-file", _directory["none"]])).Message, StringComparison.Ordinal);
        Assert.Contains("--manager-password-file FILE", Assert.Throws<ConfigurationException>(() => InitCommand.Run(["--data", _directory["data"]])).Message, StringComparison.Ordinal);
    }

    private void Init(string content, params string[] more)
    {
        File.WriteAllText(_directory["password"], content);
        InitCommand.Run(["--config", RepositoryFiles.Resolve("station-config/communication-terminal.json"), "--data", _directory["data"], "--manager-password-file", _directory["password"], .. more]);
    }

    private PasswordHash Read()
    {
        using var database = new Database(_directory["data/communication-terminal.db"], typeof(CommunicationTerminalApp).Assembly);
        var row = database.Read(connection => connection.QuerySingle<(byte[] Salt, byte[] Hash, long Iterations)>("SELECT salt, password_hash, iterations FROM account"));
        return new PasswordHash(row.Salt, row.Hash, (int)row.Iterations);
    }
}

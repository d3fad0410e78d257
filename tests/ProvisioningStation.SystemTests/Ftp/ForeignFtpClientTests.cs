using System.Globalization;
using System.Text;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Ftp;

/// <summary>The board's FTP with clients that we did not write.</summary>
public sealed class ForeignFtpClientTests(ArmedFactoryBoard board) : IClassFixture<ArmedFactoryBoard>, IAsyncLifetime
{
    private const int PayloadLength = 3_000_000;
    private const int BreaksAt = 1_234_567;

    private static readonly byte[] Image = TestImages.Shared.Make(TestImages.Payload(PayloadLength));

    private readonly ArmedFactoryBoard _board = board;

    public Task InitializeAsync() => _board.ConnectNewAsync();

    public Task DisposeAsync() => _board.Slot.RemoveAsync();

    [FactNeeds("lftp")]
    public async Task Lftp_ReadsTheVersion_Lists_AndSendsAnImage()
    {
        var image = _board.Write("firmware-2.0.img", Image);
        var (code, output, error) = await LftpAsync("cat version.txt", "cls -1", "ls", "cd applications", "cd ..", $"get version.txt -o {_board.Folder}/version.txt", $"put {image} -o firmware.img", "quote STAT");
        Assert.True(code == 0, output + error);
        Assert.StartsWith("1.0.0\n", output, StringComparison.Ordinal);
        Assert.Contains("\nversion.txt\n", output, StringComparison.Ordinal);
        Assert.Contains("applications", output, StringComparison.Ordinal);
        Assert.Contains("State: Waiting", output, StringComparison.Ordinal);
        Assert.Equal("1.0.0\n", await File.ReadAllTextAsync($"{_board.Folder}/version.txt"));
    }

    [FactNeeds("lftp", "curl")]
    public async Task Lftp_GoesOnWhereAnotherClientBrokeOff()
    {
        await SendPartAsync();
        var (code, output, error) = await LftpAsync("debug 5", $"put -c {_board.Write("firmware-2.0.img", Image)} -o firmware.img", "quote STAT");
        Assert.True(code == 0, output + error);
        Assert.Contains($"REST {BreaksAt}", error, StringComparison.Ordinal);
        Assert.Contains("State: Waiting", output, StringComparison.Ordinal);
    }

    [FactNeeds("curl")]
    public async Task Curl_ReadsTheVersion_Lists_AndSendsAnImage()
    {
        Assert.Equal("1.0.0\n", (await CurlAsync("version.txt")).Output);
        Assert.Equal("version.txt\napplications\n", (await CurlAsync("", "--list-only")).Output);
        Assert.Contains(" version.txt\n", (await CurlAsync("")).Output, StringComparison.Ordinal);
        Assert.Equal((0, string.Empty), await CurlAsync("firmware.img", "--upload-file", _board.Write("firmware-2.0.img", Image)));
        var (_, status) = await CurlAsync("", "--quote", "STAT", "--verbose", "--stderr", "-");
        Assert.Contains("State: Waiting", status, StringComparison.Ordinal);
    }

    [FactNeeds("curl")]
    public async Task Curl_GoesOnWhereItBrokeOff_AndReadsWhatIsThere()
    {
        await SendPartAsync();
        var read = Path.Combine(_board.Folder, "part");
        await CurlAsync("firmware.img", "--output", read);
        Assert.Equal(Image[..BreaksAt], await File.ReadAllBytesAsync(read));
        Assert.Equal((0, string.Empty), await CurlAsync("firmware.img", "--continue-at", "-", "--upload-file", _board.Write("firmware-2.0.img", Image)));
    }

    [FactNeeds("curl")]
    public async Task Curl_ThatWantsToBeConnectedTo_IsToldNo()
    {
        var (code, output) = await CurlAsync("version.txt", "--ftp-port", "-", "--verbose", "--stderr", "-");
        Assert.NotEqual(0, code);
        Assert.Contains("502 The board connects to nobody", output, StringComparison.Ordinal);
    }

    [FactNeeds("curl")]
    public async Task PasswordOfBefore_OpensNothing()
    {
        Assert.Equal((0, "1.0.0\n"), await CurlAsync("version.txt"));
        await _board.StoreAsync(OneTimePassword.Create());
        Assert.Equal(7, (await CurlAsync("version.txt")).ExitCode); // nobody listens
        var before = _board.Password;
        await _board.ArmAsync();
        Assert.Equal((0, "1.0.0\n"), await CurlAsync("version.txt"));
        var config = _board.Write("before.curl", Encoding.ASCII.GetBytes($"user = \"{ArmedFactoryBoard.Id}:{before}\"\n"));
        var (code, _, _) = await Tool.RunAsync("curl", ["--silent", "--config", config, $"ftp://{_board.Address}/version.txt"]);
        Assert.Equal(67, code); // the login was refused
        await _board.ForbidAsync();
        Assert.Equal(7, (await CurlAsync("version.txt")).ExitCode);
        await _board.Slot.PowerOffAsync();
        foreach (var file in Directory.EnumerateFiles(_board.Logs, "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(_board.Slot.Directory, "*", SearchOption.AllDirectories)))
        {
            var text = await File.ReadAllTextAsync(file);
            Assert.False(text.Contains(before, StringComparison.Ordinal) || text.Contains(_board.Password, StringComparison.Ordinal), file);
        }
    }

    [FactNeeds("curl")]
    public async Task LargeImage_TakesNoMemory()
    {
        var image = _board.Write("firmware-large.img", TestImages.Shared.Make(TestImages.Payload(128 * 1024 * 1024)));
        await CurlAsync("version.txt");
        var before = PeakMemory();
        Assert.Equal((0, string.Empty), await CurlAsync("firmware.img", "--upload-file", image));
        Assert.InRange(PeakMemory() - before, 0, 48L * 1024 * 1024);
    }

    /// <summary>The most bytes of memory that the board's process ever had.</summary>
    private long PeakMemory()
    {
        var line = File.ReadLines($"/proc/{_board.Slot.Board!.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private async Task SendPartAsync()
    {
        var (code, _) = await CurlAsync("firmware.img", "--upload-file", _board.Write("part.img", Image.AsSpan(0, BreaksAt)));
        Assert.NotEqual(0, code); // 426: it is not whole
    }

    /// <summary>The password goes by a file, as it should with every program.</summary>
    private async Task<(int ExitCode, string Output)> CurlAsync(string path, params string[] more)
    {
        var config = _board.Write("login.curl", Encoding.ASCII.GetBytes($"user = \"{ArmedFactoryBoard.Id}:{_board.Password}\"\n"));
        var (code, output, _) = await Tool.RunAsync("curl", ["--silent", "--noproxy", "*", "--config", config, .. more, $"ftp://{_board.Address}/{path}"]);
        return (code, output);
    }

    private Task<(int ExitCode, string Output, string Error)> LftpAsync(params string[] commands)
    {
        string[] script =
        [
            "set cmd:save-cwd-history no", "set net:max-retries 1", "set net:timeout 30", "set cmd:fail-exit yes",
            $"open -u {ArmedFactoryBoard.Id},{_board.Password} ftp://{_board.Address}", .. commands, "bye",
        ];
        return Tool.RunAsync("lftp", ["-f", _board.Write("script.lftp", Encoding.ASCII.GetBytes(string.Join('\n', script) + "\n"))]);
    }
}

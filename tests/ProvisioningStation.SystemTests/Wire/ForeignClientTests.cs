using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Wire;

/// <summary>Clients made by other people's generators from the published WSDLs work without a change.</summary>
public sealed class ForeignClientTests : IAsyncLifetime
{
    private const string Python = "/usr/bin/python3";
    private const string Zeep = "/usr/lib/python3/dist-packages/zeep/__init__.py";

    private static readonly string Clients = Path.Combine(Repository.Root, "tests", "ProvisioningStation.SystemTests", "Clients");

    private TestFactory _factory = null!;

    public async Task InitializeAsync() => _factory = await TestFactory.StartAsync(lines: 0);

    public async Task DisposeAsync() => await _factory.DisposeAsync();

    [FactNeeds(Python, Zeep, "openssl")]
    public async Task Zeep_PlaysTheTerminalAtTheCa()
    {
        await Tool.RunOkAsync(
            "openssl",
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "/dev/null", "-subj", "/CN=3012-900003", "-outform", "DER", "-out", Path.Combine(_factory.Layout.CommunicationTerminal, "board.csr")]);
        var said = await RunZeepAsync("ca", _factory.Floor.CertificateAuthority.Address, _factory.Layout.CommunicationTerminal);
        Assert.Equal(
            [
                "order True", "same True", "reused RequestIdReused", "unknown-model UnknownModel", "malformed InvalidMachineNumber", "issued-twice AlreadyIssued", "reissued True",
                "signed True", "not-signed InvalidCertificateRequest", "returned True", "still-issued AlreadyIssued", "common True",
            ],
            said);
    }

    [FactNeeds(Python, Zeep, "openssl")]
    public async Task Zeep_PlaysALineStationAtTheTerminal()
    {
        var number = await NextUnitAsync();
        var said = await RunZeepAsync("terminal", _factory.Floor.Terminal.Address, _factory.Layout.Line("1002"), number);
        Assert.Equal(
            ["attempt 1", "after-failure Retry", "second-attempt 2 True", "after-success Finished", "again AlreadyWritten", "not-in-plan NotInStore", "not-managed NotManaged"],
            said);
    }

    [FactNeeds(Python, Zeep, "openssl")]
    public async Task Zeep_AsAStationAtTheCa_IsNotAuthorized() => Assert.Equal(
        ["wrong-caller NotAuthorized"],
        await RunZeepAsync("wrong", _factory.Floor.CertificateAuthority.Address, _factory.Layout.Line("1001")));

    [FactNeeds("wsdl2h", "soapcpp2", "g++", "curl", "openssl")]
    public async Task Gsoap_PlaysALineStationAtTheTerminal()
    {
        var work = Directory.CreateDirectory(Path.Combine(_factory.Directory, "gsoap")).FullName;
        var station = await PlainKeyAsync(_factory.Layout.Line("1001"));
        var root = Path.Combine(station, "root.pem");
        var pem = Path.Combine(work, "station.pem");
        await File.WriteAllTextAsync(pem, await File.ReadAllTextAsync(Path.Combine(station, "plain.key")) + await File.ReadAllTextAsync(Path.Combine(station, "tls.pem")));
        await Tool.RunOkAsync("curl", "--silent", "--show-error", "--fail", "--cacert", root, "--cert", pem, "--output", Path.Combine(work, "terminal.wsdl"), $"{_factory.Floor.Terminal.Address}soap?wsdl");

        await InAsync(work, "wsdl2h", "-o", "terminal.h", "terminal.wsdl");
        await InAsync(work, "soapcpp2", "-j", "-C", "-I/usr/share/gsoap/import", "-I/usr/share/gsoap", "terminal.h");
        await InAsync(
            work,
            "g++",
            "-DWITH_OPENSSL",
            "-O0",
            "-o", "station",
            "-I.",
            Path.Combine(Clients, "station_client.cpp"),
            "soapC.cpp",
            "soapCommunicationTerminalBindingProxy.cpp",
            "-lgsoapssl++",
            "-lssl",
            "-lcrypto",
            "-lz");
        var number = await NextUnitAsync();
        var output = await InAsync(work, Path.Combine(work, "station"), $"{_factory.Floor.Terminal.Address}soap", pem, root, number);
        Assert.Contains($"attempt 1 for {number}", output, StringComparison.Ordinal);
        Assert.Contains("3012-999999", output, StringComparison.Ordinal);
        Assert.Contains("NotInStore", output, StringComparison.Ordinal);
    }

    [FactNeeds("curl", "openssl")]
    public async Task EveryService_DescribesItself()
    {
        var operatorPart = await PlainKeyAsync(_factory.Layout.Operator);
        foreach (var (address, operation) in new[] { (_factory.Floor.CertificateAuthority.Address, "IssueCertificates"), (_factory.Floor.Terminal.Address, "RequestCertificate") })
        {
            var wsdl = await Tool.RunOkAsync(
                "curl", "--silent", "--show-error", "--fail", "--cacert", Path.Combine(operatorPart, "root.pem"), "--cert", Path.Combine(operatorPart, "tls.pem"), "--key", Path.Combine(operatorPart, "plain.key"), $"{address}soap?wsdl");
            Assert.Contains($"<wsdl:operation name=\"{operation}\">", wsdl, StringComparison.Ordinal);
        }
    }

    /// <summary>Other people's clients want the key without a passphrase; the copy lives as long as the test.</summary>
    private static async Task<string> PlainKeyAsync(string part)
    {
        await Tool.RunOkAsync("openssl", "pkey", "-in", Path.Combine(part, "tls.key"), "-passin", "file:" + Path.Combine(part, "wrap.key"), "-out", Path.Combine(part, "plain.key"));
        return part;
    }

    private static async Task<string> InAsync(string directory, string command, params string[] arguments)
    {
        var (code, output, error) = await Tool.RunAsync(command, arguments, directory, seconds: 240);
        Assert.True(code == 0, $"{command} ended with {code}: {output} {error}");
        return output;
    }

    private async Task<string> NextUnitAsync() => (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;

    private async Task<string[]> RunZeepAsync(string play, Uri address, string part, params string[] more)
    {
        await PlainKeyAsync(part);
        var output = await Tool.RunOkAsync(Python, [Path.Combine(Clients, "station_client.py"), play, address.ToString(), part, Path.Combine(part, "root.pem"), .. more]);
        return output.Trim().Split('\n');
    }
}

using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Soap;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>The examples in the board's README, from which others write firmware, are what the programs really send.</summary>
public sealed partial class ProtocolGuideTests
{
    private static readonly string Guide = File.ReadAllText(RepositoryFiles.Resolve("src/Board/README.md"));
    private static readonly MachineNumber Number = MachineNumber.Parse("3012-123456");
    private static readonly Fingerprint Common = Fingerprint.Parse("5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5");
    private static readonly Fingerprint Own = Fingerprint.Parse("5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9");

    private static readonly Dictionary<string, byte[]> Sent = new(StringComparer.Ordinal)
    {
        ["GetDeviceInformation"] = Envelope(new GetDeviceInformationRequest()),
        ["GetDeviceInformationResponse of a blank board"] = Envelope(new GetDeviceInformationResponse(null, "1.0.0", null, null, BoardState.Blank)),
        ["GetDeviceInformationResponse of a finished board"] = Envelope(new GetDeviceInformationResponse(Number, "1.0.0", Common, Own, BoardState.Initialized)),
        ["WriteCommonCertificate"] = Envelope(new WriteCommonCertificateRequest(Pack(null))),
        ["WriteCommonCertificateResponse"] = Envelope(new WriteCommonCertificateResponse()),
        ["CreateCertificateRequest"] = Envelope(new CreateCertificateRequestRequest(Number)),
        ["CreateCertificateRequestResponse"] = Envelope(new CreateCertificateRequestResponse(Convert.FromBase64String("MIHuMIGVAgEAMDMxFDAS"))),
        ["WriteCertificate"] = Envelope(new WriteCertificateRequest(Pack(Number))),
        ["WriteCertificateResponse"] = Envelope(new WriteCertificateResponse()),
        ["GetWriteResult"] = Envelope(new GetWriteResultRequest()),
        ["GetWriteResultResponse"] = Envelope(new GetWriteResultResponse(WriteState.Succeeded, "Written, read back and checked.", Own)),
        ["AcknowledgeWriteResult"] = Envelope(new AcknowledgeWriteResultRequest()),
        ["AcknowledgeWriteResultResponse"] = Envelope(new AcknowledgeWriteResultResponse()),
        ["InitializeParameters"] = Envelope(new InitializeParametersRequest()),
        ["InitializeParametersResponse"] = Envelope(new InitializeParametersResponse()),
        ["StoreUpdatePassword"] = Envelope(new StoreUpdatePasswordRequest("site-1", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        ["StoreUpdatePasswordResponse"] = Envelope(new StoreUpdatePasswordResponse()),
        ["ForbidUpdatePassword"] = Envelope(new ForbidUpdatePasswordRequest("site-1")),
        ["ForbidUpdatePasswordResponse"] = Envelope(new ForbidUpdatePasswordResponse()),
        ["CreateUpdatePassword"] = Envelope(new CreateUpdatePasswordRequest("site-1")),
        ["CreateUpdatePasswordResponse"] = Envelope(new CreateUpdatePasswordResponse()),
        ["NotifyUpdateResult"] = Envelope(new NotifyUpdateResultRequest(true, "2.0")),
        ["NotifyUpdateResultResponse"] = Envelope(new NotifyUpdateResultResponse()),
        ["fault"] = SoapEnvelope.FaultToBytes(ErrorCode.WrongBoard, "This board is 3012-123456. It does not take the certificate of 3012-123457.", byCaller: true),
    };

    public static TheoryData<string> Names => [.. Sent.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Example_IsWhatTheProgramsSend(string name)
    {
        var example = Assert.Single(Examples(), example => example.Name == name);
        Assert.Equal(Text(Encoding.UTF8.GetString(Sent[name])), Text(example.Xml));
    }

    [Fact]
    public void EveryExample_IsCompared_AndEveryOperationHasOne()
    {
        Assert.Equal(Sent.Keys.Order(StringComparer.Ordinal), Examples().Select(example => example.Name).Order(StringComparer.Ordinal));
        var operations = typeof(GetDeviceInformationRequest).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(GetDeviceInformationRequest).Namespace && type.Name.EndsWith("Request", StringComparison.Ordinal))
            .Select(type => type.Name[..^"Request".Length]);
        Assert.All(operations, operation => Assert.Contains(operation, Sent.Keys));
    }

    [Fact]
    public void WholeCallOnTheWire_HasTheBodyAndLengthOfARealOne()
    {
        var call = WireCall().Match(Guide);
        Assert.True(call.Success);
        var body = Encoding.UTF8.GetString(Sent["GetDeviceInformation"]);
        Assert.Equal(body, call.Groups["body"].Value);
        Assert.Equal(body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), call.Groups["length"].Value);
    }

    private static IEnumerable<(string Name, string Xml)> Examples() => ExampleBlock().Matches(Guide).Select(match => (match.Groups["name"].Value, match.Groups["xml"].Value));

    private static CertificatePack Pack(MachineNumber? number) => new(
        number,
        Convert.FromBase64String("MIIBrjCCAVSgAwIBAgIQ"),
        [Convert.FromBase64String("MIIB0TCCAXigAwIBAgIR")],
        Convert.FromBase64String("MIIB2jCCAYCgAwIBAgIQ"),
        Convert.FromBase64String("MIGHAgEAMBMGByqGSM49"));

    private static byte[] Envelope<T>(T message)
        where T : ISoapMessage<T> => SoapEnvelope.ToBytes(T.Schema.Name, message);

    private static string Text(string xml) => XDocument.Parse(xml).ToString();

    [GeneratedRegex("<!-- example: (?<name>[^>]+) -->\n```xml\n(?<xml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExampleBlock();

    [GeneratedRegex("Content-Length: (?<length>[0-9]+)\n\n(?<body><[^\n]+)\n```", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WireCall();
}

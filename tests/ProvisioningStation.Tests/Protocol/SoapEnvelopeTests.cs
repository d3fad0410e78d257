using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.Soap;
using Xunit;

namespace ProvisioningStation.Tests.Protocol;

public sealed class SoapEnvelopeTests
{
    private const string Fine = """
        <?xml version="1.0" encoding="utf-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><x xmlns="urn:other"/></s:Header><s:Body>
          <p:ReportReceipt xmlns:p="urn:provisioning-station:v1"><p:MachineNumber>3012-100001</p:MachineNumber><!-- c --><p:Attempt>2</p:Attempt></p:ReportReceipt>
        </s:Body></s:Envelope>
        """;

    [Fact]
    public void ForeignPrefixesHeadersAndComments_AreUnderstood()
    {
        var request = Read(Fine);
        Assert.Equal(new ReportReceiptRequest(MachineNumber.Parse("3012-100001"), 2), request);
    }

    [Theory]
    [InlineData("urn:provisioning-station:v1", "urn:provisioning-station:v2", "Expected urn:provisioning-station:v1")]
    [InlineData("<p:Attempt>2</p:Attempt>", "", "Expected element Attempt")]
    [InlineData("<p:Attempt>2</p:Attempt>", "<p:Attempt>two</p:Attempt>", "Attempt is not a whole number")]
    [InlineData("<p:Attempt>2</p:Attempt>", "<p:Attempt>2</p:Attempt><p:Extra/>", "unexpected element 'Extra'")]
    [InlineData("<p:Attempt>2</p:Attempt>", "<Attempt>2</Attempt>", "Expected element Attempt")]
    [InlineData("<p:Attempt>2</p:Attempt>", "text", "Expected element Attempt")]
    [InlineData("</p:ReportReceipt>", "</p:ReportReceipt><More/>", "more than one element")]
    [InlineData("</s:Body></s:Envelope>", "", "not well-formed XML")]
    [InlineData("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", "not a SOAP 1.1 envelope")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "not well-formed XML")]
    public void Malformed_IsRefusedAndSaysWhat(string part, string changed, string said)
    {
        var error = Assert.Throws<ProvisioningException>(() => Read(Fine.Replace(part, changed, StringComparison.Ordinal)));
        Assert.Equal(ErrorCode.MalformedRequest, error.Code);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InvalidUtf8_IsMalformed()
    {
        var bytes = Encoding.UTF8.GetBytes(Fine);
        bytes[Fine.IndexOf("3012", StringComparison.Ordinal)] = 0xFF;
        Assert.Equal(ErrorCode.MalformedRequest, Assert.Throws<ProvisioningException>(() => Read(bytes)).Code);
    }

    [Fact]
    public void LongerThanTheLimit_IsMalformedBeforeItIsHeld() =>
        Assert.Throws<ProvisioningException>(() => SoapEnvelope.Read(new MemoryStream(Encoding.UTF8.GetBytes(Fine)), 200, (_, reader) => ReportReceiptRequest.Read(reader)));

    [Fact]
    public void Fault_IsThrownWithItsCodeAndSentence()
    {
        var bytes = SoapEnvelope.FaultToBytes(ErrorCode.AlreadyWritten, "Already written: <3012-100001>", byCaller: true);
        var error = Assert.Throws<ProvisioningException>(() => Read(bytes));
        Assert.Equal(ErrorCode.AlreadyWritten, error.Code);
        Assert.Equal("Already written: <3012-100001>", error.Message);
    }

    [Fact]
    public void Pack_SurvivesTheWire()
    {
        var pack = new CertificatePack(MachineNumber.Parse("A123-000001"), [1, 2], [[3], [4, 5]], [6], [7, 8, 9]);
        var bytes = SoapEnvelope.ToBytes(WriteCertificateRequest.Schema.Name, new WriteCertificateRequest(pack));
        var read = SoapEnvelope.Read(new MemoryStream(bytes), 100_000, (_, reader) => WriteCertificateRequest.Read(reader)).CertificatePack;
        Assert.Equal(pack.MachineNumber, read.MachineNumber);
        Assert.Equal(pack.RootCertificate, read.RootCertificate);
        Assert.Equal(pack.IssuingCertificates, read.IssuingCertificates);
        Assert.Equal(pack.ClientCertificate, read.ClientCertificate);
        Assert.Equal(pack.PrivateKey, read.PrivateKey);
        Assert.DoesNotContain("BwgJ", pack.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void UpdatePassword_SurvivesTheWireAndStaysOutOfLogs()
    {
        const string Password = "K7<&\"'> ]]>Z4QX5M2T6RBN3WHD";
        var request = new StoreUpdatePasswordRequest("gateway", Password);
        var bytes = SoapEnvelope.ToBytes(StoreUpdatePasswordRequest.Schema.Name, request);
        Assert.Equal(request, SoapEnvelope.Read(new MemoryStream(bytes), 100_000, (_, reader) => StoreUpdatePasswordRequest.Read(reader)));
        var logged = $"Refused: {request}, {new { request }}, {new Tuple<ISoapMessage>(request)}";
        Assert.Equal(3, logged.Split("StoreUpdatePassword of gateway").Length - 1);
        Assert.DoesNotContain("K7", logged, StringComparison.Ordinal);
    }

    [Fact]
    public void EmptyMessage_IsReadInBothForms()
    {
        foreach (var element in new[] { "<GetDeviceInformation xmlns='urn:provisioning-station:v1'/>", "<GetDeviceInformation xmlns='urn:provisioning-station:v1'> </GetDeviceInformation>" })
        {
            var envelope = $"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{element}</s:Body></s:Envelope>";
            Assert.NotNull(SoapEnvelope.Read(new MemoryStream(Encoding.UTF8.GetBytes(envelope)), 1000, (_, reader) => GetDeviceInformationRequest.Read(reader)));
        }
    }

    [Fact]
    public void TooManyMachineNumbers_AreRefused()
    {
        var numbers = Enumerable.Range(0, IssueCertificatesRequest.MaxMachineNumbers + 1).Select(serial => new MachineNumber(ModelCode.Parse("3012"), serial)).ToList();
        var bytes = SoapEnvelope.ToBytes(IssueCertificatesRequest.Schema.Name, new IssueCertificatesRequest(RequestId.New(), numbers));
        var error = Assert.Throws<ProvisioningException>(() => SoapEnvelope.Read(new MemoryStream(bytes), 10_000_000, (_, reader) => IssueCertificatesRequest.Read(reader)));
        Assert.Equal(ErrorCode.RequestTooLarge, error.Code);
    }

    /// <summary>Whatever is changed in a good message: it is read, or refused with a code; nothing else comes out.</summary>
    [Fact]
    public void MutatedMessage_IsReadOrRefusedWithACode() => Prop.ForAll(
        ArbMap.Default.ArbFor<(NonNegativeInt Position, byte Value, NonNegativeInt Length)>(),
        change =>
        {
            var bytes = Encoding.UTF8.GetBytes(Fine);
            bytes[change.Position.Get % bytes.Length] = change.Value;
            if (change.Length.Get % 4 == 0)
                bytes = bytes[..(change.Length.Get * 7 % bytes.Length)];
            try
            {
                Read(bytes);
            }
            catch (ProvisioningException refused)
            {
                Assert.NotEqual(ErrorCode.Internal, refused.Code);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static ReportReceiptRequest Read(string envelope) => Read(Encoding.UTF8.GetBytes(envelope));

    private static ReportReceiptRequest Read(byte[] envelope) => SoapEnvelope.Read(new MemoryStream(envelope), 10_000, (_, reader) => ReportReceiptRequest.Read(reader));
}

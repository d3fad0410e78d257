using System.Reflection;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.Protocol.Soap;
using Xunit;
using WriteState = ProvisioningStation.Protocol.Board.WriteState;

namespace ProvisioningStation.Tests.Protocol;

/// <summary>The schema in the WSDL and the codecs say the same: what a codec writes is valid against the schema.</summary>
public sealed class WsdlTests
{
    private static readonly CertificatePack Pack = new(MachineNumber.Parse("3012-100001"), [1], [[2]], [3], [4]);
    private static readonly Fingerprint Print = Fingerprint.Of([1, 2, 3]);

    public static TheoryData<string, ISoapMessage> Messages => new()
    {
        { GetDeviceInformationResponse.Schema.Name, new GetDeviceInformationResponse(MachineNumber.Parse("3012-100001"), "1.0", Print, null, BoardState.Certified) },
        { WriteCertificateRequest.Schema.Name, new WriteCertificateRequest(Pack) },
        { WriteCertificateRequest.Schema.Name, new WriteCertificateRequest(Pack with { MachineNumber = null, IssuingCertificates = [], PrivateKey = null }) },
        { ReturnCertificatesRequest.Schema.Name, new ReturnCertificatesRequest(RequestId.New(), [MachineNumber.Parse("3012-100001"), MachineNumber.Parse("A123-000001")], "left over") },
        { ReturnCertificatesRequest.Schema.Name, new ReturnCertificatesRequest(RequestId.New(), [MachineNumber.Parse("3012-100001")]) },
        { ReturnCertificatesResponse.Schema.Name, new ReturnCertificatesResponse(RequestId.New(), 2) },
        { GetWriteResultResponse.Schema.Name, new GetWriteResultResponse(WriteState.Failed, "it's <broken>", null) },
        { ReportWriteResultRequest.Schema.Name, new ReportWriteResultRequest(MachineNumber.Parse("3012-100001"), 3, false, "", Print, "1.0") },
        { ReportWriteResultResponse.Schema.Name, new ReportWriteResultResponse(NextStep.Blocked) },
        { GetUnitResponse.Schema.Name, new GetUnitResponse(CertificateState.Written, 1, Print, "1001", new DateTimeOffset(2026, 11, 21, 1, 2, 3, TimeSpan.Zero)) },
        { GetCheckSheetRequest.Schema.Name, new GetCheckSheetRequest(RequestId.New(), MachineNumber.Parse("3012-100001")) },
        { GetCheckSheetRequest.Schema.Name, new GetCheckSheetRequest(RequestId.New(), MachineNumber.Parse("3012-100001"), "ja", "the printer jammed") },
        { GetCheckSheetResponse.Schema.Name, new GetCheckSheetResponse([1, 2]) },
        { GetLineProgressRequest.Schema.Name, new GetLineProgressRequest() },
        { StoreUpdatePasswordRequest.Schema.Name, new StoreUpdatePasswordRequest("gateway", "<& \"one-time\" >") },
        { ForbidUpdatePasswordRequest.Schema.Name, new ForbidUpdatePasswordRequest("gateway") },
        { CreateUpdatePasswordRequest.Schema.Name, new CreateUpdatePasswordRequest("gateway") },
        { NotifyUpdateResultRequest.Schema.Name, new NotifyUpdateResultRequest(true, "2.0") },
        { BeginUpdateRequest.Schema.Name, new BeginUpdateRequest(MachineNumber.Parse("3012-100001")) },
        { NotifyPowerOnRequest.Schema.Name, new NotifyPowerOnRequest(MachineNumber.Parse("3012-100001"), "2.0") },
        { GetLineProgressResponse.Schema.Name, new GetLineProgressResponse(new DateOnly(2026, 11, 21), 10, 3, 1, 6) },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void WhatACodecWrites_IsValidAgainstThePublishedSchema(string name, ISoapMessage message)
    {
        var envelope = XDocument.Load(new MemoryStream(SoapEnvelope.ToBytes(name, message)));
        var body = envelope.Descendants(XName.Get("Body", SoapEnvelope.EnvelopeNamespace)).Single().Elements().Single();
        var problems = new List<string>();
        new XDocument(body).Validate(PublishedSchema(), (_, problem) => problems.Add(problem.Message));
        Assert.Empty(problems);
    }

    [Fact]
    public void MissingField_IsInvalidAgainstThePublishedSchema()
    {
        var problems = new List<string>();
        new XDocument(new XElement(XName.Get("ReportReceipt", SoapEnvelope.Namespace))).Validate(PublishedSchema(), (_, problem) => problems.Add(problem.Message));
        Assert.NotEmpty(problems);
    }

    [Fact]
    public void EveryMessageType_IsNamedAsItsSchema()
    {
        var types = typeof(ISoapMessage).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && typeof(ISoapMessage).IsAssignableFrom(type))
            .ToList();
        Assert.True(types.Count > 20);
        foreach (var type in types)
        {
            var schema = (SoapElement)type.GetProperty("Schema", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
            var expected = type.Name.EndsWith("Request", StringComparison.Ordinal) ? type.Name[..^"Request".Length] : type.Name;
            Assert.Equal(expected, schema.Name);
        }
    }

    private static XmlSchemaSet PublishedSchema()
    {
        var wsdl = XDocument.Parse(Wsdl.Write(
            "Test",
            [
                SoapOperation.Of<GetDeviceInformationRequest, GetDeviceInformationResponse>(),
                SoapOperation.Of<WriteCertificateRequest, WriteCertificateResponse>(),
                SoapOperation.Of<GetWriteResultRequest, GetWriteResultResponse>(),
                SoapOperation.Of<ReportReceiptRequest, ReportReceiptResponse>(),
                SoapOperation.Of<ReportWriteResultRequest, ReportWriteResultResponse>(),
                SoapOperation.Of<GetUnitRequest, GetUnitResponse>(),
                SoapOperation.Of<GetCheckSheetRequest, GetCheckSheetResponse>(),
                SoapOperation.Of<GetLineProgressRequest, GetLineProgressResponse>(),
                SoapOperation.Of<ReturnCertificatesRequest, ReturnCertificatesResponse>(),
                SoapOperation.Of<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(),
                SoapOperation.Of<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(),
                SoapOperation.Of<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(),
                SoapOperation.Of<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(),
                SoapOperation.Of<BeginUpdateRequest, BeginUpdateResponse>(),
                SoapOperation.Of<NotifyPowerOnRequest, NotifyPowerOnResponse>(),
            ],
            new Uri("https://localhost/soap")));
        var set = new XmlSchemaSet();
        var element = wsdl.Descendants(XName.Get("schema", XmlSchema.Namespace)).Single();
        element.Add(new XAttribute(XNamespace.Xmlns + "tns", SoapEnvelope.Namespace), new XAttribute(XNamespace.Xmlns + "xsd", XmlSchema.Namespace));
        set.Add(null, XmlReader.Create(new StringReader(element.ToString())));
        set.Compile();
        return set;
    }
}

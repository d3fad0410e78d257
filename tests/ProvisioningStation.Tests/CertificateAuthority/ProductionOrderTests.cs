using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Quotas.ProductionOrders;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Production orders signed by <c>openssl cms</c>, the way a factory's own system would.</summary>
public sealed class ProductionOrderTests : IAsyncLifetime
{
    private const string Order = """
        {"orderNumber":"PO-4711","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":30000},{"model":"A123","amount":65000}]}
        """;

    private readonly TemporaryDirectory _directory = new();
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await RunningAuthority.StartWithoutQuotasAsync();

    public async Task DisposeAsync()
    {
        await _ca.DisposeAsync();
        _directory.Dispose();
    }

    [FactNeeds("openssl")]
    public async Task SignedOrder_BecomesProposalsOfItsSignerThatAnApproverDecidesOn()
    {
        var imported = await TakenAsync(HttpStatusCode.Created, Sign(Order));
        Assert.Equal(("PO-4711", "F1", "ProductionManagement F1"), (imported.OrderNumber, imported.Factory, imported.SignedBy));
        Assert.Equal([("3012", 30_000L), ("A123", 65_000L)], imported.Quotas.Select(quota => (quota.Model, quota.Amount)));
        Assert.All(imported.Quotas, quota => Assert.Equal((QuotaState.Proposed, "PO-4711", "ProductionManagement F1", new DateOnly(2096, 11, 30)), (quota.State, quota.OrderNumber, quota.ProposedBy, quota.EndsOn)));
        using var approval = await _ca.Http(_ca.Identity("approver")).PostAsync($"/api/quotas/{imported.Quotas[0].Id}/approve", null);
        Assert.Equal(HttpStatusCode.OK, approval.StatusCode);
        Assert.Equal(3, _ca.Services.GetRequiredService<Database>().Read(connection =>
            connection.ExecuteScalar<int>("SELECT COUNT(*) FROM audit_event WHERE action IN ('ProductionOrderTaken', 'QuotaProposed') AND actor = 'Administrator administrator'")));
    }

    [FactNeeds("openssl")]
    public async Task PemAndAdministratorAsSigner_AreTakenToo() =>
        Assert.Equal("Administrator administrator", (await TakenAsync(HttpStatusCode.Created, Sign(Order, "administrator", "-outform", "PEM"))).SignedBy);

    [FactNeeds("openssl")]
    public async Task SignerWithoutItsIssuingCertificate_IsTaken() =>
        Assert.Equal("PO-4711", (await TakenAsync(HttpStatusCode.Created, Sign(Order, "production-management", "-outform", "DER"))).OrderNumber);

    [FactNeeds("openssl")]
    public async Task SameOrderAgain_GivesTheSameQuotas_AlsoSignedAnew()
    {
        var first = await TakenAsync(HttpStatusCode.Created, Sign(Order));
        var again = await TakenAsync(HttpStatusCode.OK, Sign(Order));
        Assert.Equal(first.Quotas, again.Quotas);
        Assert.Equal(2, _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM quota")));
    }

    [FactNeeds("openssl")]
    public async Task SameNumberWithOtherContent_IsAConflict()
    {
        await TakenAsync(HttpStatusCode.Created, Sign(Order));
        Assert.Contains("other content", await RefusedAsync(HttpStatusCode.Conflict, Sign(Order.Replace("30000", "30001", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [FactNeeds("openssl")]
    public async Task TwentyAtOnceWithTheSameOrder_MakeItOnce()
    {
        var message = Sign(Order);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PostAsync(message)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(2, _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM quota")));
    }

    [FactNeeds("openssl")]
    public async Task ChangedContent_IsRefused()
    {
        var message = Sign(Order);
        var at = message.AsSpan().IndexOf("30000"u8);
        Assert.True(at > 0);
        message[at] = (byte)'9';
        Assert.Contains("changed after it was signed", await RefusedAsync(HttpStatusCode.BadRequest, message), StringComparison.Ordinal);
    }

    [FactNeeds("openssl")]
    public async Task EveryByteChanged_IsNeverTakenAsSomethingElse()
    {
        var message = Sign(Order);
        var reader = _ca.Services.GetRequiredService<SignedOrderReader>();
        var genuine = reader.Read(message);
        for (var i = 0; i < message.Length; i++)
        {
            var changed = (byte[])message.Clone();
            changed[i] ^= 0x21;
            try
            {
                var read = reader.Read(changed);
                Assert.Equal((genuine.ContentSha256, genuine.Signer), (read.ContentSha256, read.Signer)); // a byte that is not signed, such as a certificate of the chain that we have ourselves
            }
            catch (ProvisioningException refused)
            {
                Assert.True(refused.Code is ErrorCode.MalformedRequest or ErrorCode.NotAuthorized);
            }
        }

        await TakenAsync(HttpStatusCode.Created, message);
    }

    [TheoryNeeds("openssl")]
    [InlineData("operator")]
    [InlineData("auditor")]
    [InlineData("communication-terminal")]
    [InlineData("approver")]
    public async Task SignerOfAnotherRole_IsRefused(string part) =>
        Assert.Contains("may not order", await RefusedAsync(HttpStatusCode.Forbidden, Sign(Order, part)), StringComparison.Ordinal);

    [FactNeeds("openssl")]
    public async Task SignerOfAnotherCa_IsRefused()
    {
        using var foreign = new TestPki();
        foreign.WritePart(_directory["foreign"], Role.ProductionManagement, "F1");
        Assert.Contains("does not verify", await RefusedAsync(HttpStatusCode.Forbidden, SignWith(_directory["foreign"], Order, "-outform", "DER")), StringComparison.Ordinal);
    }

    [TheoryNeeds("openssl")]
    [InlineData(-400)]
    [InlineData(4000)]
    public async Task SignerThatIsNotValidToday_IsRefused(int days)
    {
        var now = DateTimeOffset.UtcNow;
        var reader = new SignedOrderReader(_ca.Services.GetRequiredService<TlsIdentity>(), new SettableTime(now.AddDays(days)));
        var refused = Assert.Throws<ProvisioningException>(() => reader.Read(Sign(Order)));
        Assert.Equal(ErrorCode.NotAuthorized, refused.Code);
        Assert.Contains("does not verify", refused.Message, StringComparison.Ordinal);
        Assert.Equal("F1", new SignedOrderReader(_ca.Services.GetRequiredService<TlsIdentity>(), new SettableTime(now)).Read(Sign(Order)).Signer.Name);
        await Task.CompletedTask;
    }

    [FactNeeds("openssl")]
    public async Task OrderForAnotherFactory_IsRefused() =>
        Assert.Contains("for factory F1 only", await RefusedAsync(HttpStatusCode.Forbidden, Sign(Order.Replace("\"F1\"", "\"F2\"", StringComparison.Ordinal))), StringComparison.Ordinal);

    [TheoryNeeds("openssl")]
    [InlineData("{}", "factory")]
    [InlineData("null", "null")]
    [InlineData("[1]", "JSON")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[]}""", "lines")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[null]}""", "lines")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":0}]}""", "amount")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":5},{"model":"3012","amount":6}]}""", "more than one line")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":5}],"urgent":true}""", "urgent")]
    [InlineData("""{"orderNumber":"P1","orderNumber":"P2","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":5}]}""", "orderNumber")]
    [InlineData("""{"orderNumber":"","factory":"F1","validFrom":"2096-11-01","validTo":"2096-11-30","lines":[{"model":"3012","amount":5}]}""", "order number")]
    [InlineData("""{"orderNumber":"P1","factory":"F1","validFrom":"2006-11-01","validTo":"2006-11-30","lines":[{"model":"3012","amount":5}]}""", "is over")]
    public async Task SignedContentThatMakesNoSense_IsRefusedWhole(string content, string reason)
    {
        Assert.Contains(reason, await RefusedAsync(HttpStatusCode.BadRequest, Sign(content, "administrator")), StringComparison.Ordinal);
        Assert.Equal(0, _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT (SELECT COUNT(*) FROM quota) + (SELECT COUNT(*) FROM production_order)")));
    }

    [FactNeeds("openssl")]
    public async Task WhatIsNoSignedMessage_IsRefused()
    {
        Assert.Contains("empty", await RefusedAsync(HttpStatusCode.BadRequest, []), StringComparison.Ordinal);
        Assert.Contains("not CMS", await RefusedAsync(HttpStatusCode.BadRequest, "no message at all"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("PEM", await RefusedAsync(HttpStatusCode.BadRequest, "-----BEGIN CMS-----\nnothing"u8.ToArray()), StringComparison.Ordinal);
        var detached = _directory["detached"];
        OpenSsl(["cms", "-sign", "-binary", .. Files(Path.Combine(_ca.Directory, "production-management"), Order), "-outform", "DER", "-out", detached]);
        Assert.Contains("no content inside", await RefusedAsync(HttpStatusCode.BadRequest, await File.ReadAllBytesAsync(detached)), StringComparison.Ordinal);
    }

    [TheoryNeeds("openssl")]
    [InlineData("-nocerts")]
    [InlineData("-md", "sha1")]
    public async Task MessageWithoutCertificateOrWithAWeakDigest_IsRefused(params string[] options) =>
        await RefusedAsync(HttpStatusCode.BadRequest, Sign(Order, "production-management", ["-outform", "DER", .. options]));

    private byte[] Sign(string content, string part = "production-management", params string[] options) =>
        SignWith(Path.Combine(_ca.Directory, part), content, options.Length == 0 ? ["-outform", "DER"] : options);

    private byte[] SignWith(string part, string content, params string[] options)
    {
        var signed = _directory[Guid.NewGuid().ToString("N")];
        OpenSsl(["cms", "-sign", "-binary", "-nodetach", .. Files(part, content), .. options, "-out", signed]);
        return File.ReadAllBytes(signed);
    }

    private string[] Files(string part, string content)
    {
        var file = _directory[Guid.NewGuid().ToString("N")];
        File.WriteAllText(file, content);
        return ["-signer", Path.Combine(part, "tls.pem"), "-inkey", Path.Combine(part, "tls.key"), "-passin", "file:" + Path.Combine(part, "wrap.key"), "-in", file];
    }

    private static void OpenSsl(IEnumerable<string> arguments) => Tool.RunOkAsync("openssl", [.. arguments]).GetAwaiter().GetResult();

    private async Task<ImportedOrder> TakenAsync(HttpStatusCode expected, byte[] message)
    {
        using var answer = await PostAsync(message);
        Assert.True(expected == answer.StatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<ImportedOrder>(JsonForm.Options))!;
    }

    private async Task<string> RefusedAsync(HttpStatusCode expected, byte[] message)
    {
        using var answer = await PostAsync(message);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, said);
        return JsonDocument.Parse(said).RootElement.GetProperty("detail").GetString()!;
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] message)
    {
        using var content = new ByteArrayContent(message);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cms");
        return await _ca.Http(_ca.Identity("administrator")).PostAsync("/api/production-orders", content);
    }
}

using System.Net.Http.Json;
using Dapper;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.Tests.Fixtures;
using ProvisioningStation.Tests.FirmwareUpdate;
using Xunit;

namespace ProvisioningStation.Tests.Gateway;

/// <summary>The gateway's two sides, operator's API and boards' SOAP, against boards over real sockets.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private static readonly byte[] Image = TestImages.Shared.Make(TestImages.Payload(2_000_000), manifest => manifest with { Version = "2.0.0" });

    private readonly TemporaryDirectory _directory = new();
    private ScriptedBoard _board = null!;
    private RunningGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _board = await ScriptedBoard.StartAsync();
        _gateway = await RunningGateway.StartAsync(_directory, [_board]);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _board.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Image_IsStoredOnceAndListed()
    {
        var first = await _gateway.PutAsync(Image);
        var again = await _gateway.PutAsync(Image);
        Assert.Equal(first.Id, again.Id);
        Assert.Equal(Fingerprint.Of(Image).ToString(), first.Id);
        Assert.Equal(("2.0.0", 2, Image.Length), (first.Version, first.Sequence, first.Length));
        var listed = await _gateway.Client.GetAsync<Page<StoredFirmware>>("api/images", CancellationToken.None);
        Assert.Equal(first.Id, Assert.Single(listed.Items).Id);
        Assert.Equal([$"{first.Id}.img"], Directory.GetFiles(_directory["images"]).Select(file => Path.GetFileName(file)));

        await _gateway.Client.DeleteAsync($"api/images/{first.Id}", CancellationToken.None);
        var gone = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.GetAsync<StoredFirmware>($"api/images/{first.Id}", CancellationToken.None));
        Assert.Equal(ErrorCode.NotFound, gone.Code);
        Assert.Empty(Directory.GetFiles(_directory["images"]));
    }

    public static TheoryData<string> Spoilings => ["a bit of the payload", "a bit of the header", "its end missing", "more behind it", "another key", "no image"];

    [Theory]
    [MemberData(nameof(Spoilings))]
    public async Task ImageThatIsNotWhatWasSigned_LeavesNothing(string spoiling)
    {
        using var stranger = new TestImages();
        byte[] wrong = spoiling switch
        {
            "a bit of the payload" => [.. Image[..^1], (byte)(Image[^1] ^ 1)],
            "a bit of the header" => [.. Image[..60], (byte)(Image[60] ^ 1), .. Image[61..]],
            "its end missing" => Image[..^1],
            "more behind it" => [.. Image, 0],
            "another key" => stranger.Make(TestImages.Payload(1000)),
            _ => TestImages.Payload(5000),
        };
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.PutAsync(wrong));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Empty(Directory.GetFiles(_directory["images"]));
    }

    [Fact]
    public async Task ManifestThatIsBrokenAndThatNobodySigned_IsRefusedForItsSignature()
    {
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.PutAsync([.. Image[..44], (byte)(Image[44] ^ 1), .. Image[45..]]));
        Assert.Contains("signature does not fit", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "there is no file")]
    [InlineData("no key", "There is no PUBLIC KEY")]
    public async Task GatewayWithoutKeys_TakesNoImage_AndSaysWhatToPutWhere(string? content, string said)
    {
        var keys = _directory["firmware-keys.pem"];
        File.Delete(keys);
        if (content is not null)
            await File.WriteAllTextAsync(keys, content);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.PutAsync(Image));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.Contains("Images:Keys: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains(keys, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OperatorsUpdate_IsDoneAndCanBeLookedAt()
    {
        var image = await _gateway.PutAsync(Image);
        var held = new TaskCompletionSource();
        _board.Hold = message => message == "FTP STOR /firmware.img" ? held.Task : Task.CompletedTask;
        var started = await _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(_board.Number.ToString(), null), CancellationToken.None);
        Assert.Equal((image.Id, "2.0.0", "Operator operator"), (started.Image, started.Version, started.RequestedBy));

        var other = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(_board.Number.ToString(), null), CancellationToken.None));
        var needed = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.DeleteAsync($"api/images/{image.Id}", CancellationToken.None));
        Assert.Equal((ErrorCode.Conflict, ErrorCode.Conflict), (other.Code, needed.Code));
        held.SetResult();

        var ended = await _gateway.WaitForEndAsync(_board.Number);
        Assert.Equal(("Succeeded", "1.0.0", "2.0.0", true), (ended.Outcome, ended.VersionBefore, ended.VersionRead, ended.PasswordErased));
        var late = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.PostAsync<DeviceUpdate>($"api/updates/{ended.Id}/abort", null, CancellationToken.None));
        Assert.Equal(ErrorCode.Conflict, late.Code);
    }

    [Fact]
    public async Task SameIdempotencyKey_IsTheSameUpdate()
    {
        var image = await _gateway.PutAsync(Image);
        using var identity = TestPki.Shared.Part(Role.Operator, "operator");
        using var http = new HttpClient(identity.CreateHandler(_ => true, "the gateway")) { BaseAddress = _gateway.Address };
        http.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var answers = new List<DeviceUpdate?>();
        for (var call = 0; call < 2; call++)
        {
            using var answer = await http.PostAsJsonAsync("api/updates", new UpdateOrder(_board.Number.ToString(), image.Id), JsonForm.Options);
            answers.Add(await answer.Content.ReadFromJsonAsync<DeviceUpdate>(JsonForm.Options));
        }

        Assert.Equal(answers[0]!.Id, answers[1]!.Id);
        var second = await _gateway.PutAsync(TestImages.Shared.Make(TestImages.Payload(1000), manifest => manifest with { Version = "3.0.0", Sequence = 3 }));
        using var reused = await http.PostAsJsonAsync("api/updates", new UpdateOrder(_board.Number.ToString(), second.Id), JsonForm.Options);
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, reused.StatusCode);
        await _gateway.WaitForEndAsync(_board.Number);
    }

    [Fact]
    public async Task UpdateUnderWay_IsGoneOnWithByTheNextRun()
    {
        await _gateway.PutAsync(Image);
        _board.IsTlsDown = true;
        var started = await _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(_board.Number.ToString(), null), CancellationToken.None);
        await _gateway.DisposeAsync();
        _board.IsTlsDown = false;
        _gateway = await RunningGateway.StartAsync(_directory, [_board]);
        var ended = await _gateway.WaitForEndAsync(_board.Number);
        Assert.Equal((started.Id, "Succeeded"), (ended.Id, ended.Outcome));
    }

    [Fact]
    public async Task UpdateThatWasOverLongAgo_IsDeletedByTheNextRun()
    {
        await _gateway.PutAsync(Image);
        await _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(_board.Number.ToString(), null), CancellationToken.None);
        var ended = await _gateway.WaitForEndAsync(_board.Number);
        await _gateway.DisposeAsync();
        using (var database = UpdateStore.Open(new DataDirectory(_directory.Path)))
            await database.WriteAsync((connection, transaction) => connection.Execute("UPDATE firmware_update SET changed_at = '2020-01-01T00:00:00.000Z'", transaction: transaction), CancellationToken.None);
        _gateway = await RunningGateway.StartAsync(_directory, [_board]);
        while (_gateway.Store.Find(ended.Id) is not null)
            await Task.Delay(10);
        Assert.Empty((await _gateway.Client.GetAsync<Page<DeviceUpdate>>("api/updates", CancellationToken.None)).Items);
    }

    [Fact]
    public async Task DeviceThatIsNotListedOrOfAnotherModel_IsRefusedInWords()
    {
        await _gateway.PutAsync(Image);
        var unknown = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder("3012-000009", null), CancellationToken.None));
        Assert.Equal(ErrorCode.NotFound, unknown.Code);
        var foreign = await _gateway.PutAsync(TestImages.Shared.Make(TestImages.Payload(1000), manifest => manifest with { Models = [ModelCode.Parse("A123")] }));
        var wrong = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(_board.Number.ToString(), foreign.Id), CancellationToken.None));
        Assert.Equal(ErrorCode.ImageNotAllowed, wrong.Code);
    }

    [Fact]
    public async Task Boards_SpeakForThemselvesOnly()
    {
        using var other = TestPki.Shared.Device("3012-000002");
        using var common = TestPki.Shared.Common();
        using var person = TestPki.Shared.Part(Role.Operator, "operator");
        Assert.Equal(ErrorCode.NotAuthorized, await RefusalOfAsync(other, new NotifyPowerOnRequest(_board.Number, "2.0.0")));
        Assert.Equal(ErrorCode.NotAuthorized, await RefusalOfAsync(common, new NotifyPowerOnRequest(_board.Number, "2.0.0")));
        Assert.Equal(ErrorCode.NotAuthorized, await RefusalOfAsync(person, new NotifyPowerOnRequest(_board.Number, "2.0.0")));
        using var own = TestPki.Shared.Device(_board.Number.ToString());
        Assert.Null(await RefusalOfAsync(own, new NotifyPowerOnRequest(_board.Number, "2.0.0")));

        var begin = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Caller(own).CallAsync<BeginUpdateRequest, BeginUpdateResponse>(new(_board.Number), CancellationToken.None));
        var foreign = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Caller(other).CallAsync<BeginUpdateRequest, BeginUpdateResponse>(new(_board.Number), CancellationToken.None));
        var store = await Assert.ThrowsAsync<ProvisioningException>(() => _gateway.Caller(own).CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new("G1", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), CancellationToken.None));
        Assert.Equal((ErrorCode.NotSupported, ErrorCode.NotAuthorized, ErrorCode.Conflict), (begin.Code, foreign.Code, store.Code));

        using var http = new HttpClient(own.CreateHandler(_ => true, "the gateway")) { BaseAddress = _gateway.Address };
        using var answer = await http.GetAsync(new Uri("api/updates", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task BoardThatAsksTwice_GetsOneUpdate()
    {
        await _gateway.PutAsync(Image);
        await _gateway.DisposeAsync();
        _gateway = await RunningGateway.StartAsync(_directory, [_board], "--Updates:Models:0:Model=3012", "--Updates:Models:0:StartedByBoard=true");
        using var own = TestPki.Shared.Device(_board.Number.ToString());
        var held = new TaskCompletionSource();
        _board.Hold = _ => held.Task;
        for (var call = 0; call < 2; call++)
            await _gateway.Caller(own).CallAsync<BeginUpdateRequest, BeginUpdateResponse>(new(_board.Number), CancellationToken.None);
        held.SetResult();
        var ended = await _gateway.WaitForEndAsync(_board.Number);
        Assert.Equal(("Succeeded", $"board {_board.Number}"), (ended.Outcome, ended.RequestedBy));
        Assert.Single((await _gateway.Client.GetAsync<Page<DeviceUpdate>>("api/updates", CancellationToken.None)).Items);
    }

    private async Task<ErrorCode?> RefusalOfAsync(TlsIdentity caller, NotifyPowerOnRequest notice)
    {
        try
        {
            await _gateway.Caller(caller).CallAsync<NotifyPowerOnRequest, NotifyPowerOnResponse>(notice, CancellationToken.None);
            return null;
        }
        catch (ProvisioningException refused)
        {
            return refused.Code;
        }
    }
}

using System.Collections.Concurrent;
using System.Net.Sockets;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>Who gets in over FTP, and who does not any more (U-4, U-12, U-19, U-23).</summary>
public sealed class FtpLoginTests
{
    private const string EraseSecret = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    [Fact]
    public async Task WrongOne_IsToldNothingMore_TheThirdClosesThePort()
    {
        await using var board = await ArmedBoard.StartAsync();
        var address = board.Address!;
        foreach (var (id, password) in (ValueTuple<string, string>[])[(ArmedBoard.Id, "wrong"), ("anonymous", "somebody@example.org")])
        {
            using var talk = await board.ConnectSoonAsync();
            Assert.Equal("331 PASS and the one-time password.", await talk.SayAsync($"USER {id}"));
            Assert.Equal("530 That is not the Id and its one-time password.", await talk.SayAsync($"PASS {password}"));
            await talk.ExpectAsync(503, $"PASS {ArmedBoard.Password}"); // USER first, each time
            await talk.ExpectAsync(530, "PWD");
            await talk.ExpectAsync(221, "QUIT");
        }

        using var third = await board.ConnectSoonAsync();
        await third.ExpectAsync(331, $"USER {ArmedBoard.Id}");
        await third.SendAsync("PASS \r\n"u8.ToArray());
        await third.EndAsync();
        Assert.Null(board.Address);
        await Assert.ThrowsAsync<SocketException>(() => FtpTalk.OpenAsync(address));
        board.Stored.Store(ArmedBoard.Id, ArmedBoard.Password, ArmedBoard.Peer);
        using var again = await board.LogInAsync();
    }

    [Theory]
    [InlineData("RETR version.txt")]
    [InlineData("STOR firmware.img")]
    [InlineData("STAT")]
    [InlineData("EPSV")]
    [InlineData("PASV")]
    [InlineData("PORT 127,0,0,1,4,0")]
    [InlineData("LIST")]
    [InlineData("SIZE version.txt")]
    [InlineData("CWD applications")]
    [InlineData("TYPE I")]
    [InlineData("REST 1")]
    [InlineData("ABOR")]
    public async Task BeforeTheLogin_NothingIsDone(string line)
    {
        await using var board = await ArmedBoard.StartAsync();
        using var talk = await board.ConnectAsync();
        await talk.ExpectAsync(530, line);
        await talk.ExpectAsync(331, $"USER {ArmedBoard.Id}");
        await talk.ExpectAsync(530, line);
        await talk.ExpectAsync(230, $"PASS {ArmedBoard.Password}");
    }

    [Fact]
    public async Task OtherAddress_IsDisconnectedWithoutAWord_AndCostsNoTry()
    {
        await using var board = await ArmedBoard.StartAsync();
        for (var i = 0; i < 2 * UpdatePassword.WrongLoginLimit; i++)
        {
            using var stranger = await FtpTalk.OpenAsync(board.Address!, from: "127.9.9.9");
            Assert.Equal(string.Empty, await stranger.EndAsync());
        }

        using var talk = await board.LogInAsync();
    }

    [Fact]
    public async Task SecondSession_WaitsItsTurn()
    {
        await using var board = await ArmedBoard.StartAsync();
        using (var first = await board.LogInAsync())
        {
            using var second = await FtpTalk.OpenAsync(board.Address!);
            Assert.StartsWith("421 ", await second.EndAsync(), StringComparison.Ordinal);

            await first.ExpectAsync(221, "QUIT");
            await first.EndAsync();
        }

        await board.LogInSoonAsync();
    }

    [Fact]
    public async Task NextSession_BehindTheEndOfTheOneBefore_IsServedAtOnce()
    {
        await using var board = await ArmedBoard.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var talk = await board.LogInAsync(); // never told that another one is open
            if (i % 2 == 0)
                await talk.ExpectAsync(221, "QUIT");
        }
    }

    [Fact]
    public async Task ManyAtOnce_OneGetsIn()
    {
        await using var board = await ArmedBoard.StartAsync();
        var address = board.Address!;
        var talks = new ConcurrentBag<FtpTalk>();
        var replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            var talk = await FtpTalk.OpenAsync(address);
            talks.Add(talk);
            try
            {
                var greeting = await talk.ReplyAsync();
                if (!greeting.StartsWith("220", StringComparison.Ordinal))
                    return greeting;
                await talk.ExpectAsync(331, $"USER {ArmedBoard.Id}");
                return await talk.SayAsync($"PASS {ArmedBoard.Password}");
            }
            catch (SocketException)
            {
                return "421"; // reset behind it
            }
        }));
        Assert.Single(replies, reply => reply.StartsWith("230", StringComparison.Ordinal));
        Assert.Equal(29, replies.Count(reply => reply.StartsWith("421", StringComparison.Ordinal)));
        foreach (var talk in talks)
            talk.Dispose();
    }

    [Fact]
    public async Task ClientThatBreaksOff_LeavesThePlaceToTheNext()
    {
        await using var board = await ArmedBoard.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            using var talk = await board.LogInSoonAsync();
            using var data = await talk.OpenDataAsync();
            if (i % 2 == 0)
                await talk.ExpectAsync(150, "STOR firmware.img");
        }
    }

    [Fact]
    public async Task SessionUnderWay_EndsWithTheErasing_AnUploadKeepsItsPart()
    {
        await using var board = await ArmedBoard.StartAsync();
        var image = TestImages.Shared.Make(TestImages.Payload(500_000));
        using var talk = await board.LogInAsync();
        using var data = await talk.OpenDataAsync();
        await talk.ExpectAsync(150, "STOR firmware.img");
        await data.SendAsync(image.AsMemory(0, 400_000), SocketFlags.None);
        while (!(await talk.ExpectAsync(211, "STAT")).Contains("Receiving", StringComparison.Ordinal))
        {
            // It has not begun to read yet.
        }

        board.Stored.Store(ArmedBoard.Id, EraseSecret, ArmedBoard.Peer);
        Assert.Contains("421 FTP is closed.", await talk.EndAsync(), StringComparison.Ordinal);
        Assert.Null(board.Address);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
                await data.SendAsync(image, SocketFlags.None);
        });
    }

    /// <summary>U-12, U-19: a monitor has recorded both directions of everything, and tries all of it.</summary>
    [Fact]
    public async Task EverythingThatWentOverTheWire_OpensNothingAfterTheErasing()
    {
        await using var board = await ArmedBoard.StartAsync("--FirmwareInstall:JobLimit=1.00:00:00");
        await File.WriteAllTextAsync(Path.Combine(board.Directory, "simulate", "jobs"), "1000");
        var image = TestImages.Shared.Make(TestImages.Payload(100_000));
        using var talk = await board.LogInAsync();
        await talk.FetchAsync("RETR version.txt");
        await talk.StoreAsync("STOR firmware.img", image.AsMemory(0, 50_000));
        await talk.FetchAsync("RETR firmware.img");
        await talk.ExpectAsync(350, "REST 50000");
        Assert.StartsWith("226", await talk.StoreAsync("STOR firmware.img", image.AsMemory(50_000)), StringComparison.Ordinal);
        await talk.FetchAsync("LIST");
        await talk.ExpectAsync(211, "STAT");
        await talk.ExpectAsync(221, "QUIT");
        var seen = string.Join('\n', [.. talk.Sent, .. talk.Received, .. talk.Data]);
        Assert.Contains(ArmedBoard.Password, seen, StringComparison.Ordinal); // it was in clear
        Assert.DoesNotContain(EraseSecret, seen, StringComparison.Ordinal);

        var address = board.Address!;
        board.Stored.Store(ArmedBoard.Id, EraseSecret, ArmedBoard.Peer);
        await Assert.ThrowsAsync<SocketException>(() => FtpTalk.OpenAsync(address));

        // The next update opens the port again; the monitor sits at the gateway's own address.
        const string next = "NEXT-PASSWORD-234567-ABCDEFGHIJK";
        var words = seen.Split(['\n', ' ', '\r', '"', '(', ')', '|', ';', '='], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length <= 128 && word.All(char.IsAscii)).Distinct(StringComparer.Ordinal).ToList();
        Assert.Contains(ArmedBoard.Password, words);
        foreach (var tries in words.Chunk(UpdatePassword.WrongLoginLimit))
        {
            board.Stored.Store(ArmedBoard.Id, next, ArmedBoard.Peer);
            foreach (var word in tries)
                Assert.False(board.Stored.TryLogIn(ArmedBoard.Id, word), word);
        }

        board.Stored.Forbid(ArmedBoard.Id, ArmedBoard.Peer); // the wrong ones of the last three count no more
        board.Stored.Store(ArmedBoard.Id, "AFTER-PASSWORD-34567-ABCDEFGHIJKL", ArmedBoard.Peer);
        foreach (var line in talk.Sent.Where(line => line.StartsWith("PASS", StringComparison.Ordinal)))
        {
            using var replay = await board.ConnectSoonAsync();
            await replay.ExpectAsync(331, $"USER {ArmedBoard.Id}");
            await replay.ExpectAsync(530, line);
        }
    }

    [Fact]
    public async Task Log_HoldsNoPassword_RightOrWrong()
    {
        await using var board = await ArmedBoard.StartAsync("--Log:Level=Trace");
        var log = board.Record();
        const string wrong = "WRONG-PASSWORD-ABCDEFGHIJKLMNOPQ";
        using (var talk = await board.LogInAsync())
            await talk.ExpectAsync(221, "QUIT");
        using (var talk = await board.ConnectSoonAsync())
        {
            await talk.ExpectAsync(331, $"USER {ArmedBoard.Id}");
            await talk.ExpectAsync(530, $"PASS {wrong}");
            await talk.ExpectAsync(500, $"PASS {wrong}\u00e9");
            await talk.ExpectAsync(502, $"{wrong} {wrong}");
            await talk.ExpectAsync(221, "QUIT");
            Assert.DoesNotContain(talk.Received, line => line.Contains(wrong, StringComparison.Ordinal));
        }

        board.Stored.Store(ArmedBoard.Id, EraseSecret, ArmedBoard.Peer);
        board.Stored.Store(ArmedBoard.Id, ArmedBoard.Password, ArmedBoard.Peer);
        Assert.Contains(log.Lines, line => line.Contains("Wrong login over FTP, 1 of 3", StringComparison.Ordinal)); // it does say what happened
        Assert.DoesNotContain(log.Lines, line => line.Contains(ArmedBoard.Password, StringComparison.Ordinal) || line.Contains(wrong, StringComparison.Ordinal) || line.Contains(EraseSecret, StringComparison.Ordinal));
    }
}

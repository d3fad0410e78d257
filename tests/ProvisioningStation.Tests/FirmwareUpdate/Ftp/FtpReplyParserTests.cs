using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

public sealed class FtpReplyParserTests
{
    private static readonly Gen<string> Text = Gen.Elements("a", "Z", "7", " ", "-", "é", "220 ", "220-", "550 ", "|", "(", "")
        .ListOf().Select(static parts => string.Concat(parts));

    private static readonly Gen<FtpReply> Replies =
        from code in Gen.Choose(100, 599)
        from first in Text
        from others in Text.ListOf()
        select new FtpReply(code, [first, .. others]);

    [Theory]
    [InlineData("220 ready\r\n", 220, "ready")]
    [InlineData("220 \r\n", 220, "")]
    [InlineData("220-\r\n220 \r\n", 220, "|")]
    [InlineData("211-Features:\r\n SIZE\r\n211 End\r\n", 211, "Features:| SIZE|End")]
    [InlineData("211-One\r\n211-Two\r\n211 Three\r\n", 211, "One|Two|Three")]
    [InlineData("211-One\r\n550 not the end\r\n211not the end\r\n\r\n211 End\r\n", 211, "One|550 not the end|211not the end||End")]
    [InlineData("200 a\tb\r\n", 200, "a b")]
    public void Answer_IsRead(string bytes, int code, string lines)
    {
        var reply = Assert.Single(ReadAll(Encoding.UTF8.GetBytes(bytes), int.MaxValue).Replies);
        Assert.Equal(code, reply.Code);
        Assert.Equal(lines, string.Join('|', reply.Lines));
    }

    [Theory]
    [InlineData("220 ready\n", "CR LF")]
    [InlineData("\n", "CR LF")]
    [InlineData("\r\n", "three-digit code")]
    [InlineData("220\r\n", "three-digit code")]
    [InlineData("220: ready\r\n", "three-digit code")]
    [InlineData("22 ready\r\n", "three-digit code")]
    [InlineData("020 ready\r\n", "three-digit code")]
    [InlineData("620 ready\r\n", "three-digit code")]
    [InlineData("２20 ready\r\n", "three-digit code")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "three-digit code")]
    [InlineData("220 rea\rdy\r\n", "control characters")]
    [InlineData("220 rea\0dy\r\n", "control characters")]
    [InlineData("220 \u001b[2J\r\n", "control characters")]
    [InlineData("220-a\r\n220 b\u0085\r\n", "control characters")]
    public void WhatIsNoAnswer_IsRefusedAndSaysWhy(string bytes, string why) => Assert.Contains(why, ReadAll(Encoding.UTF8.GetBytes(bytes), int.MaxValue).Wrong, StringComparison.Ordinal);

    [Fact]
    public void WhatIsNoUtf8_IsRefused() => Assert.Contains("UTF-8", ReadAll([.. "220 "u8, 0xFF, 0xF4, .. "\r\n"u8], int.MaxValue).Wrong, StringComparison.Ordinal);

    [Fact]
    public void LongestLine_IsRead_AndALongerOneIsNotKept()
    {
        var longest = $"220 {new string('a', FtpReplyParser.MaximumLineLength - 6)}\r\n";
        Assert.Equal(longest.Length - 6, Assert.Single(ReadAll(Encoding.ASCII.GetBytes(longest), 7).Replies).Text.Length);
        Assert.Contains("longer than 1024 bytes", ReadAll(Encoding.ASCII.GetBytes("2" + longest), 7).Wrong, StringComparison.Ordinal);
        Assert.Contains("longer than 1024 bytes", ReadAll(new byte[FtpReplyParser.MaximumLineLength + 1], 7).Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void MostLines_AreRead_AndOneMoreIsRefused()
    {
        var lines = string.Concat(Enumerable.Repeat("211-x\r\n", FtpReplyParser.MaximumLines - 1));
        Assert.Equal(FtpReplyParser.MaximumLines, Assert.Single(ReadAll(Encoding.ASCII.GetBytes(lines + "211 x\r\n"), 1000).Replies).Lines.Count);
        Assert.Contains("more than 256 lines", ReadAll(Encoding.ASCII.GetBytes(lines + "211-x\r\n211 x\r\n"), 1000).Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void WhateverIsSaid_IsHeardAgain_InPiecesOfAnyLength() => Prop.ForAll(
        (from replies in Replies.ListOf() from piece in Gen.Choose(1, 40) select (Replies: replies, Piece: piece)).ToArbitrary(),
        static said =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(said.Replies.Select(Write)));
            var (replies, wrong) = ReadAll(bytes, said.Piece);
            return wrong is null && replies.Select(Show).SequenceEqual(said.Replies.Select(Show));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public Task ChangedAnswers_AreReadOrRefused_AlikeInPiecesOfAnyLength() => FuzzRun.Over(
        [.. new[] { "220 ready\r\n331 password\r\n", "211-State: Waiting\r\n Detail: printing job 3 of 5\r\n211 end\r\n", "229 Entering (|||50001|)\r\n150 ok\r\n226 ok\r\n" }.Select(Encoding.UTF8.GetBytes)],
        static input =>
        {
            var whole = ReadAll(input, int.MaxValue);
            var bytewise = ReadAll(input, 1);
            Assert.Equal(whole.Replies.Select(Show), bytewise.Replies.Select(Show));
            Assert.Equal(whole.Wrong, bytewise.Wrong);
            Assert.All(whole.Replies, static reply =>
            {
                Assert.InRange(reply.Code, 100, 599);
                Assert.DoesNotContain(reply.ToString(), static letter => char.IsControl(letter));
            });
        });

    /// <summary>As a server says it: lines in the middle that look like the end get the code and a hyphen, as RFC 959 demands.</summary>
    private static string Write(FtpReply reply)
    {
        var code = reply.Code.ToString(CultureInfo.InvariantCulture);
        return string.Concat(reply.Lines.Select((line, at) => at == reply.Lines.Count - 1 ? $"{code} {line}\r\n" : $"{code}-{line}\r\n"));
    }

    private static string Show(FtpReply reply) => $"{reply.Code}:{string.Join('|', reply.Lines)}";

    private static (List<FtpReply> Replies, string? Wrong) ReadAll(byte[] bytes, int piece)
    {
        var parser = new FtpReplyParser();
        var replies = new List<FtpReply>();
        try
        {
            for (var at = 0; at < bytes.Length;)
            {
                if (parser.Read(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)), out var taken) is { } reply)
                    replies.Add(reply);
                at += taken;
            }
        }
        catch (FormatException wrong)
        {
            return (replies, wrong.Message);
        }

        return (replies, null);
    }
}

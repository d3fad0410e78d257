using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// A directory whose whole content is replaced at once, whatever moment the power goes: the new content is written and forced to the disk under <c>PATH.new</c>,
/// read back there, and only then put in place by two renames. <see cref="Recover"/> knows every state in between:
/// <list type="table">
/// <item><term>PATH, PATH.new</term><description>not swapped yet, PATH.new may be half: it is dropped, PATH stays</description></item>
/// <item><term>PATH.old, PATH.new</term><description>between the renames, PATH.new is whole and was read back: the swap is finished</description></item>
/// <item><term>PATH, PATH.old</term><description>swapped, not cleaned: PATH.old is dropped</description></item>
/// <item><term>PATH.old only</term><description>never made by us: it is put back</description></item>
/// </list>
/// </summary>
internal sealed class ReplaceableDirectory(string path, int limit, BoardKillPoints.Replacement killPoints, SimulatedFaults faults, Action<string> reached)
{
    private const string DigestFile = "sha256";

    private readonly string _new = path + ".new";
    private readonly string _old = path + ".old";
    private readonly string _parent = System.IO.Path.GetDirectoryName(path)!;

    public string Path => path;

    /// <summary>To be called before anything reads the directory after a start.</summary>
    public void Recover()
    {
        if (!Directory.Exists(_parent))
            return;
        if (!Directory.Exists(path) && Directory.Exists(_old))
            Directory.Move(Directory.Exists(_new) ? _new : _old, path);
        Remove(_new);
        Remove(_old);
        DurableFile.SyncDirectory(_parent);
    }

    /// <summary>Replaces the content. Where <paramref name="readBack"/> throws, everything stays as it was.</summary>
    /// <param name="files">Name and bytes of each file.</param>
    /// <param name="readBack">Gets the directory with the new content, written and forced to the disk, and throws where it is not good.</param>
    public T Replace<T>(IReadOnlyList<(string Name, byte[] Content)> files, Func<string, T> readBack)
    {
        files = [.. files, (DigestFile, Digest(files))];
        var size = files.Sum(file => file.Content.Length);
        if (size > limit)
            throw new Protocol.ProvisioningException(Protocol.ErrorCode.RequestTooLarge, $"It takes {size} bytes, and its area in the board's memory holds {limit}.");
        reached(killPoints.BeforeWrite);
        Remove(_new);
        DataDirectory.Open(_new);
        var medium = faults.Program(killPoints.Area);
        for (var i = 0; i < files.Count; i++)
        {
            if (i == files.Count / 2)
                reached(killPoints.HalfWritten);
            medium.Write(System.IO.Path.Combine(_new, files[i].Name), files[i].Content);
        }

        DurableFile.SyncDirectory(_new);
        reached(killPoints.AfterWrite);
        T result;
        try
        {
            CompareReadBack(files);
            result = readBack(_new);
        }
        catch (Protocol.ProvisioningException)
        {
            Remove(_new);
            throw;
        }

        reached(killPoints.BeforeSwap);
        Directory.Move(path, _old);
        reached(killPoints.BetweenRenames);
        Directory.Move(_new, path);
        DurableFile.SyncDirectory(_parent);
        reached(killPoints.AfterSwap);
        Remove(_old);
        reached(killPoints.AfterCleaning);
        return result;
    }

    /// <summary>Whether anything lies in <paramref name="directory"/>.</summary>
    public static bool IsEmpty(string directory) => !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any();

    /// <summary>Reads the files of a whole directory, without their digest.</summary>
    /// <exception cref="Protocol.ProvisioningException"><see cref="Protocol.ErrorCode.WriteFailed"/> where a bit is not as it was written.</exception>
    public static List<(string Name, byte[] Content)> ReadWhole(string directory)
    {
        var files = Directory.EnumerateFiles(directory).Select(file => (Name: System.IO.Path.GetFileName(file), Content: File.ReadAllBytes(file))).ToList();
        var digest = files.Find(file => file.Name == DigestFile).Content;
        files.RemoveAll(file => file.Name == DigestFile);
        return digest.AsSpan().SequenceEqual(Digest(files))
            ? files
            : throw new Protocol.ProvisioningException(Protocol.ErrorCode.WriteFailed, "What lies there is not what was written: its digest does not fit.");
    }

    private static byte[] Digest(IEnumerable<(string Name, byte[] Content)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            hash.AppendData([.. Encoding.ASCII.GetBytes($"{name} {content.Length}\n"), .. content]);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()) + "\n");
    }

    private void CompareReadBack(IReadOnlyList<(string Name, byte[] Content)> files)
    {
        if (files.FirstOrDefault(file => !faults.ReadBack(System.IO.Path.Combine(_new, file.Name)).AsSpan().SequenceEqual(file.Content)).Name is { } name)
            throw new Protocol.ProvisioningException(Protocol.ErrorCode.WriteFailed, $"What was read back from flash is not what was written: {name}.");
    }

    /// <summary>Empties it, at once; a power cut before the end leaves the old content or none.</summary>
    public void Clear(string before, string between, string after)
    {
        reached(before);
        Remove(_old);
        Directory.Move(path, _old);
        reached(between);
        DataDirectory.Open(path);
        DurableFile.SyncDirectory(_parent);
        Remove(_old);
        reached(after);
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }
}

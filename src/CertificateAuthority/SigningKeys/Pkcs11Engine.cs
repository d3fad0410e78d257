using System.Runtime.InteropServices;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// The settings of OpenSSL's PKCS#11 engine that .NET has no way to: the module and the PIN. They are given to the engine itself, because everything that stands in a key's URI
/// the engine prints in its error messages.
/// </summary>
internal static partial class Pkcs11Engine
{
    private const string Library = "libcrypto.so.3";

    /// <summary>Hands <paramref name="module"/> and <paramref name="pin"/> (with a closing zero) to the engine; it keeps them for the life of the process.</summary>
    /// <returns>Whether there is such an engine.</returns>
    public static bool TryConfigure(string engine, string module, ReadOnlySpan<byte> pin)
    {
        var handle = ENGINE_by_id(engine);
        return handle != 0
            && ENGINE_ctrl_cmd_string(handle, "MODULE_PATH", module, 0) == 1
            && ENGINE_ctrl_cmd_string(handle, "PIN", ref MemoryMarshal.GetReference(pin), 0) == 1;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ENGINE_by_id(string id);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ENGINE_ctrl_cmd_string(nint engine, string command, string argument, int optional);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ENGINE_ctrl_cmd_string(nint engine, string command, ref readonly byte argument, int optional);
}

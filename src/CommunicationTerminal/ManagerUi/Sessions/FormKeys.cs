using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

/// <summary>The keys behind the tokens in forms: kept, so that a form that was open during a restart can still be sent, and wrapped like every other key of the terminal (P-32).</summary>
internal static class FormKeys
{
    private const string Directory = "form-keys";

    /// <summary>Registers them.</summary>
    public static void AddFormKeys(this IServiceCollection services, DataDirectory data)
    {
        services.AddDataProtection().SetApplicationName("ProvisioningStation terminal").PersistKeysToFileSystem(new DirectoryInfo(DataDirectory.Open(data.Resolve(Directory)).Path));
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(keys => keys.XmlEncryptor = new WrappedXml(provider.GetRequiredService<KeyProtection>())));
    }
}

/// <summary>An XML element under the terminal's wrapping key, and back.</summary>
internal sealed class WrappedXml(KeyProtection protection) : IXmlEncryptor, IXmlDecryptor
{
    private const string Purpose = "form-keys";

    /// <summary>The form in which it finds its way back: the framework makes a decryptor by its type, with the services at hand.</summary>
    public WrappedXml(IServiceProvider services)
        : this(services.GetRequiredService<KeyProtection>())
    {
    }

    /// <inheritdoc/>
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var wrapped = protection.Wrap(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)), Purpose);
        return new EncryptedXmlInfo(new XElement("wrapped", Convert.ToBase64String(wrapped)), typeof(WrappedXml));
    }

    /// <inheritdoc/>
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(Encoding.UTF8.GetString(protection.Unwrap(Convert.FromBase64String(encryptedElement.Value), Purpose)));
}

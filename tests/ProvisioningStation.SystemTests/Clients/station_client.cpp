// A line station written with gSOAP, from nothing but the terminal's published WSDL.
#include <cstdio>
#include "soapCommunicationTerminalBindingProxy.h"
#include "CommunicationTerminalBinding.nsmap"

int main(int, char **argv)
{
    soap_ssl_init();
    CommunicationTerminalBindingProxy terminal;
    if (soap_ssl_client_context(terminal.soap, SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_SSL_SKIP_HOST_CHECK, argv[2], "", argv[3], nullptr, nullptr))
    {
        soap_print_fault(terminal.soap, stderr);
        return 1;
    }
    terminal.soap_endpoint = argv[1];
    _ns1__RequestCertificate request;
    _ns1__RequestCertificateResponse response;
    request.MachineNumber = argv[4];
    if (terminal.RequestCertificate(&request, response))
    {
        soap_print_fault(terminal.soap, stderr);
        return 1;
    }
    std::printf("attempt %d for %s, %d bytes of key\n", response.Attempt, response.CertificatePack->MachineNumber->c_str(), response.CertificatePack->PrivateKey->__size);
    _ns1__RequestCertificate unknown;
    unknown.MachineNumber = "3012-999999";
    if (!terminal.RequestCertificate(&unknown, response))
        return 2;
    soap_print_fault(terminal.soap, stdout);
    return 0;
}

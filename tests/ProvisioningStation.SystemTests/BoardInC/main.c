/*
 * A board, written from the published WSDL and src/Board/README.md. What gSOAP makes of the WSDL reads and writes the messages, OpenSSL speaks TLS, and here is what
 * firmware has to decide by itself: whom it believes, what it takes, and what it does between two power cuts.
 *
 *     board DIRECTORY ADDRESS PORT [MILLISECONDS]      the last is how much slower than the disk the flash is
 */
#include "board.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http.h"
#include "BoardBinding.nsmap" /* generated */
#include "memory.h"

enum { CONNECTIONS = 8 };

static struct connection connections[CONNECTIONS];
static pthread_mutex_t connections_gate = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t stopping;

static int refuse(struct soap *soap, const char *code, const char *sentence)
{
    const int size = 128;
    char *detail = soap_malloc(soap, (size_t)size);
    snprintf(detail, (size_t)size, FAULT_CODE("%s"), code);
    return soap_sender_fault(soap, soap_strdup(soap, sentence), detail);
}

static int may(struct soap *soap, unsigned roles)
{
    const struct connection *caller = soap->user;
    if ((roles & 1u << caller->role) != 0 && (caller->role != NOBODY || board_is_open_to_anybody()))
        return 1;
    refuse(soap, "NotAuthorized", "The certificate of the caller does not allow this operation.");
    return 0;
}

/* Nobody is somebody only on a connection that began while the board was blank: then nobody could be verified. */
enum { BY_STATION = 1 << LINE_STATION, BY_BLANK = 1 << NOBODY, BY_OPERATOR = 1 << OPERATOR };

int __ns1__GetDeviceInformation(struct soap *soap, struct _ns1__GetDeviceInformation *request, struct _ns1__GetDeviceInformationResponse *response)
{
    (void)request;
    if (!may(soap, BY_STATION | BY_BLANK | BY_OPERATOR))
        return soap->error;
    struct board_view view = board_look();
    response->FirmwareVersion = "1.0.0-c";
    response->MachineNumber = view.number[0] == 0 ? NULL : soap_strdup(soap, view.number);
    response->CommonCertificateFingerprint = view.common[0] == 0 ? NULL : soap_strdup(soap, view.common);
    response->CertificateFingerprint = view.own[0] == 0 ? NULL : soap_strdup(soap, view.own);
    response->State = view.own[0] == 0 ? (view.common[0] == 0 ? _ns1__GetDeviceInformationResponse_State__Blank : _ns1__GetDeviceInformationResponse_State__Common)
        : view.is_initialized ? _ns1__GetDeviceInformationResponse_State__Initialized : _ns1__GetDeviceInformationResponse_State__Certified;
    return SOAP_OK;
}

static int receive(struct soap *soap, enum kind kind, struct ns1__CertificatePack *wire)
{
    if (wire == NULL)
        return refuse(soap, "MalformedRequest", "The message has no certificate pack.");
    struct der issuing[8];
    int count = wire->__sizeIssuingCertificate;
    for (int i = 0; i < count && i < 8; i++)
        issuing[i] = (struct der){wire->IssuingCertificate[i].__ptr, wire->IssuingCertificate[i].__size};
    if (count > 8)
        return refuse(soap, "MalformedRequest", "IssuingCertificate may come 8 times.");
    struct pack *pack = pack_from_wire(
        (struct der){wire->RootCertificate.__ptr, wire->RootCertificate.__size},
        issuing,
        count,
        (struct der){wire->ClientCertificate.__ptr, wire->ClientCertificate.__size},
        (struct der){wire->PrivateKey.__ptr, wire->PrivateKey.__size});
    if (wire->PrivateKey.__ptr != NULL)
        OPENSSL_cleanse(wire->PrivateKey.__ptr, (size_t)wire->PrivateKey.__size);
    struct refusal refused = board_receive(kind, pack, wire->MachineNumber);
    return refused.code == NULL ? SOAP_OK : refuse(soap, refused.code, refused.sentence);
}

int __ns1__WriteCommonCertificate(struct soap *soap, struct _ns1__WriteCommonCertificate *request, struct _ns1__WriteCommonCertificateResponse *response)
{
    (void)response;
    return may(soap, BY_STATION | BY_BLANK) ? receive(soap, COMMON, request->CertificatePack) : soap->error;
}

int __ns1__WriteCertificate(struct soap *soap, struct _ns1__WriteCertificate *request, struct _ns1__WriteCertificateResponse *response)
{
    (void)response;
    return may(soap, BY_STATION) ? receive(soap, OWN, request->CertificatePack) : soap->error;
}

int __ns1__GetWriteResult(struct soap *soap, struct _ns1__GetWriteResult *request, struct _ns1__GetWriteResultResponse *response)
{
    (void)request;
    if (!may(soap, BY_STATION | BY_BLANK))
        return soap->error;
    struct result result = board_result();
    response->State = result.state == IDLE ? _ns1__GetWriteResultResponse_State__Idle : result.state == WRITING ? _ns1__GetWriteResultResponse_State__Writing
        : result.state == SUCCEEDED ? _ns1__GetWriteResultResponse_State__Succeeded : _ns1__GetWriteResultResponse_State__Failed;
    response->Detail = result.detail[0] == 0 ? NULL : soap_strdup(soap, result.detail);
    response->CertificateFingerprint = result.state == IDLE ? NULL : soap_strdup(soap, result.fingerprint);
    return SOAP_OK;
}

int __ns1__AcknowledgeWriteResult(struct soap *soap, struct _ns1__AcknowledgeWriteResult *request, struct _ns1__AcknowledgeWriteResultResponse *response)
{
    (void)request;
    (void)response;
    if (!may(soap, BY_STATION | BY_BLANK))
        return soap->error;
    struct refusal refused = board_acknowledge();
    return refused.code == NULL ? SOAP_OK : refuse(soap, refused.code, refused.sentence);
}

int __ns1__InitializeParameters(struct soap *soap, struct _ns1__InitializeParameters *request, struct _ns1__InitializeParametersResponse *response)
{
    (void)request;
    (void)response;
    if (!may(soap, BY_STATION))
        return soap->error;
    struct refusal refused = board_initialize();
    return refused.code == NULL ? SOAP_OK : refuse(soap, refused.code, refused.sentence);
}

#ifdef SOAP_TYPE__ns1__CreateCertificateRequest
int __ns1__CreateCertificateRequest(struct soap *soap, struct _ns1__CreateCertificateRequest *request, struct _ns1__CreateCertificateRequestResponse *response)
{
    if (!may(soap, BY_STATION))
        return soap->error;
    int length = 0;
    unsigned char *der = NULL;
    struct refusal refused = board_request_certificate(request->MachineNumber, &der, &length);
    if (refused.code != NULL)
        return refuse(soap, refused.code, refused.sentence);
    response->CertificateRequest.__ptr = soap_malloc(soap, (size_t)length);
    response->CertificateRequest.__size = length;
    memcpy(response->CertificateRequest.__ptr, der, (size_t)length);
    OPENSSL_free(der);
    return SOAP_OK;
}
#endif

/* This board's firmware is never updated over the network. */
static int no_update(struct soap *soap)
{
    return may(soap, BY_STATION) ? refuse(soap, "NotSupported", "This board takes no firmware over the network.") : soap->error;
}

#ifdef SOAP_TYPE__ns1__StoreUpdatePassword
int __ns1__StoreUpdatePassword(struct soap *soap, struct _ns1__StoreUpdatePassword *request, struct _ns1__StoreUpdatePasswordResponse *response)
{
    (void)request;
    (void)response;
    return no_update(soap);
}
#endif

#ifdef SOAP_TYPE__ns1__ForbidUpdatePassword
int __ns1__ForbidUpdatePassword(struct soap *soap, struct _ns1__ForbidUpdatePassword *request, struct _ns1__ForbidUpdatePasswordResponse *response)
{
    (void)request;
    (void)response;
    return no_update(soap);
}
#endif

#ifdef SOAP_TYPE__ns1__CreateUpdatePassword
int __ns1__CreateUpdatePassword(struct soap *soap, struct _ns1__CreateUpdatePassword *request, struct _ns1__CreateUpdatePasswordResponse *response)
{
    (void)request;
    (void)response;
    return no_update(soap);
}
#endif

#ifdef SOAP_TYPE__ns1__NotifyUpdateResult
int __ns1__NotifyUpdateResult(struct soap *soap, struct _ns1__NotifyUpdateResult *request, struct _ns1__NotifyUpdateResultResponse *response)
{
    (void)request;
    (void)response;
    return no_update(soap);
}
#endif

/* One connection from its handshake to its end. Which certificate it gets is decided now: a certificate written a moment ago is presented without a restart. */
static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct soap *soap = connection->soap;
    SSL_CTX *context = board_context();
    soap->ctx = context;
    if (soap_ssl_accept(soap) == SOAP_OK)
    {
        connection->role = tls_role(soap->ssl);
        soap->keep_alive = 1;
        while (soap->keep_alive && !stopping && http_wait(soap))
        {
            http_serve(soap);
            soap_destroy(soap);
            soap_end(soap);
            OPENSSL_cleanse(soap->buf, sizeof soap->buf); /* it held a private key */
        }
    }
    pthread_mutex_lock(&connections_gate);
    soap_destroy(soap);
    soap_end(soap);
    soap_force_closesock(soap);
    soap->ctx = NULL;
    soap_free(soap);
    SSL_CTX_free(context);
    connection->soap = NULL;
    pthread_mutex_unlock(&connections_gate);
    return NULL;
}

static struct connection *find_place(void)
{
    pthread_mutex_lock(&connections_gate);
    struct connection *place = NULL;
    for (int i = 0; i < CONNECTIONS && place == NULL; i++)
        place = connections[i].soap == NULL ? &connections[i] : NULL;
    pthread_mutex_unlock(&connections_gate);
    if (place != NULL && place->to_be_joined)
        pthread_join(place->thread, NULL);
    if (place != NULL)
        place->to_be_joined = 0;
    return place;
}

/* Only the main thread fills places; each is emptied by its own thread. */
static void accept_one(struct soap *listener)
{
    if (!soap_valid_socket(soap_accept(listener)))
        return;
    struct connection *place = find_place();
    struct soap *soap = place == NULL ? NULL : soap_copy(listener);
    if (soap != NULL)
    {
        soap->user = place;
        place->role = OTHER;
        place->soap = soap;
        place->to_be_joined = pthread_create(&place->thread, NULL, serve, place) == 0;
        if (place->to_be_joined)
        {
            listener->socket = SOAP_INVALID_SOCKET; /* the connection's own now */
            return;
        }
        place->soap = NULL;
        soap->socket = SOAP_INVALID_SOCKET;
        soap_free(soap);
    }
    soap_force_closesock(listener); /* too many at once */
}

static void close_all(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
    {
        pthread_mutex_lock(&connections_gate);
        if (connections[i].soap != NULL)
            shutdown(connections[i].soap->socket, SHUT_RDWR);
        pthread_mutex_unlock(&connections_gate);
        if (connections[i].to_be_joined)
            pthread_join(connections[i].thread, NULL);
    }
}

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

int main(int count, char **arguments)
{
    if (count < 4)
    {
        fprintf(stderr, "Usage: board DIRECTORY ADDRESS PORT [MILLISECONDS]\n");
        return 2;
    }
    struct sigaction end = {.sa_handler = stop};
    sigaction(SIGTERM, &end, NULL); /* without SA_RESTART: accept is to return */
    signal(SIGPIPE, SIG_IGN);
    if (board_start(arguments[1], count > 4 ? atoi(arguments[4]) : 0) != 0)
        return 1;
    struct soap *listener = soap_new1(SOAP_IO_KEEPALIVE | SOAP_XML_STRICT | SOAP_C_UTFSTRING);
    listener->bind_flags = SO_REUSEADDR;
    listener->max_keep_alive = 0;
    listener->accept_timeout = 1;
    http_prepare(listener);
    if (!soap_valid_socket(soap_bind(listener, arguments[2], atoi(arguments[3]), 8)))
    {
        soap_print_fault(listener, stderr);
        return 1;
    }
    printf("listening\n");
    fflush(stdout);
    while (!stopping)
        accept_one(listener);
    close_all();
    soap_destroy(listener);
    soap_end(listener);
    soap_free(listener);
    board_stop();
    return 0;
}

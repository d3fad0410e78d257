#include "http.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST_MESSAGE = 64 * 1024 };

/* Seconds. A body has 500 bytes a second, and ten seconds more. */
enum { FOR_HANDSHAKE = 5, FOR_HEAD = 10, FOR_MESSAGE = FOR_HEAD + 10 + LARGEST_MESSAGE / 500, FOR_ANSWER = 10, IDLE_AT_MOST = 120 };

/* The WSDL that this board was made from, put into the program by the linker. */
extern const char _binary_description_wsdl_start[], _binary_description_wsdl_end[];

/* What gSOAP itself refuses (no XML, no message of ours, too big) gets a code too. */
static void name_fault(struct soap *soap, const char **code, const char **sentence)
{
    (void)code;
    (void)sentence;
    const char **detail = soap_faultdetail(soap);
    if (soap->error == SOAP_NO_METHOD && soap->tag[0] != 0)
        *detail = FAULT_CODE("NotSupported");
    else if (soap->error == SOAP_LENGTH)
        *detail = FAULT_CODE("RequestTooLarge");
    else if (soap->error != SOAP_FAULT)
        *detail = FAULT_CODE("MalformedRequest");
}

/* GET /soap?wsdl */
static int send_description(struct soap *soap)
{
    const char *query = strchr(soap->path, '?');
    if (query == NULL || strcmp(query, "?wsdl") != 0)
        return 404;
    soap->http_content = "text/xml; charset=utf-8";
    return soap_response(soap, SOAP_FILE) == SOAP_OK
        && soap_send_raw(soap, _binary_description_wsdl_start, (size_t)(_binary_description_wsdl_end - _binary_description_wsdl_start)) == SOAP_OK
        ? soap_end_send(soap) : soap->error;
}

static int (*parse_head)(struct soap *);
static size_t (*receive_bytes)(struct soap *, char *, size_t);
static int (*put_header)(struct soap *, const char *, const char *);

static void send_fault(struct soap *soap);

static int parse_head_in_time(struct soap *soap)
{
    struct connection *connection = soap->user;
    soap->recv_maxlength = 0; /* gSOAP ends the connection of a message that says itself that it is too long, and nobody is told why */
    int error = parse_head(soap);
    soap->recv_maxlength = LARGEST_MESSAGE;
    if (error != SOAP_OK)
        return soap->error;
    connection->has_head = 1;
    size_t here = soap->buflen - soap->bufidx;
    connection->to_come = soap->length > here ? (size_t)(soap->length - here) : 0;
    soap->transfer_timeout = FOR_MESSAGE; /* the rest may take longer */
    if (soap->length <= LARGEST_MESSAGE)
        return SOAP_OK;
    soap->error = SOAP_LENGTH;
    send_fault(soap);
    return soap->error = SOAP_STOP;
}

/* gSOAP would read on behind a body that holds no whole message, until the time is up. */
static size_t receive_body(struct soap *soap, char *bytes, size_t size)
{
    struct connection *connection = soap->user;
    if (!connection->has_head || soap->length == 0)
        return receive_bytes(soap, bytes, size);
    size_t count = connection->to_come == 0 ? 0 : receive_bytes(soap, bytes, size < connection->to_come ? size : connection->to_come);
    connection->to_come -= count;
    return count;
}

/* "Keep-Alive: timeout=10" would be taken at its word: the station's next call came over another connection. */
static int put_header_of_ours(struct soap *soap, const char *name, const char *value)
{
    return name != NULL && strcmp(name, "Keep-Alive") == 0 ? SOAP_OK : put_header(soap, name, value);
}

int http_wait(struct soap *soap)
{
    struct pollfd caller = {.fd = soap->socket, .events = POLLIN};
    return soap->bufidx < soap->buflen || SSL_pending(soap->ssl) > 0 || poll(&caller, 1, IDLE_AT_MOST * 1000) > 0;
}

static int put_fault(struct soap *soap)
{
    return soap_envelope_begin_out(soap) || soap_putheader(soap) || soap_body_begin_out(soap) || soap_putfault(soap) || soap_body_end_out(soap) || soap_envelope_end_out(soap);
}

static int (*end_socket)(struct soap *, SOAP_SOCKET, int);
static int (*close_socket)(struct soap *, SOAP_SOCKET);

/* What is not read when a connection is ended would take the answer with it, wherever gSOAP ends it. */
static void pass_over_rest(struct soap *soap, SOAP_SOCKET socket)
{
    struct connection *connection = soap->user;
    if (connection == NULL || !connection->has_unread)
        return;
    char rest[4096];
    struct pollfd caller = {.fd = socket, .events = POLLIN};
    connection->has_unread = 0;
    shutdown(socket, SHUT_WR);
    for (int i = 0; i < 64 && poll(&caller, 1, 1000) > 0 && read(socket, rest, sizeof rest) > 0; i++)
        ;
}

static int end_behind_rest(struct soap *soap, SOAP_SOCKET socket, int how)
{
    pass_over_rest(soap, socket);
    return end_socket(soap, socket, how);
}

static int close_behind_rest(struct soap *soap, SOAP_SOCKET socket)
{
    pass_over_rest(soap, socket);
    return close_socket(soap, socket);
}

/* gSOAP's own soap_send_fault ends the connection, which is to the station a board that was taken off the cable. Only what could not be read to its end does that. */
static void send_fault(struct soap *soap)
{
    int status = soap->error, goes_on = status == SOAP_FAULT && soap->keep_alive;
    soap->keep_alive = goes_on;
    ((struct connection *)soap->user)->has_unread = !goes_on;
    soap_set_version(soap, 1); /* it is not known yet of a message that is none */
    soap_set_fault(soap);
    soap_serializeheader(soap);
    soap_serializefault(soap);
    int sent = !soap_begin_count(soap) && !((soap->mode & SOAP_IO_LENGTH) != 0 && put_fault(soap)) && !soap_end_count(soap)
        && !soap_response(soap, status) && !put_fault(soap) && !soap_end_send(soap);
    soap->keep_alive = goes_on && sent;
}

void http_serve(struct soap *soap)
{
    struct connection *connection = soap->user;
    connection->has_head = 0;
    connection->has_unread = 0;
    soap->send_timeout = FOR_ANSWER;
    soap->recv_timeout = FOR_HEAD;
    soap->transfer_timeout = FOR_HEAD;
    if ((soap_begin_serve(soap) == SOAP_OK && soap_serve_request(soap) == SOAP_OK) || soap->error == SOAP_STOP)
        return; /* SOAP_STOP: it has had its answer */
    if (soap->error > SOAP_STOP)
        soap->error = SOAP_SYNTAX_ERROR; /* no XML */
    if (soap->error == SOAP_EOF && !connection->has_head)
        soap->keep_alive = 0; /* the caller has gone */
    else
        send_fault(soap);
}

void http_prepare(struct soap *listener)
{
    listener->recv_maxlength = LARGEST_MESSAGE;
    listener->recv_timeout = FOR_HANDSHAKE;
    listener->send_timeout = FOR_HANDSHAKE;
    listener->fseterror = name_fault;
    listener->fget = send_description;
    parse_head = listener->fparse;
    listener->fparse = parse_head_in_time;
    receive_bytes = listener->frecv;
    listener->frecv = receive_body;
    end_socket = listener->fshutdownsocket;
    listener->fshutdownsocket = end_behind_rest;
    close_socket = listener->fclosesocket;
    listener->fclosesocket = close_behind_rest;
    put_header = listener->fposthdr;
    listener->fposthdr = put_header_of_ours;
}

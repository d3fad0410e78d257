/* HTTP around gSOAP, where the guide asks for more than gSOAP does by itself: limits of time and bytes, faults that leave the connection open, the WSDL. */
#ifndef HTTP_H
#define HTTP_H

#include <pthread.h>

#include "pack.h"
#include "soapH.h" /* generated */

#define FAULT_CODE(code) "<Code xmlns=\"urn:provisioning-station:v1\">" code "</Code>"

/* What a struct soap has as its user. */
struct connection
{
    struct soap *soap; /* NULL in a free place */
    enum role role;
    pthread_t thread;
    int to_be_joined;
    int has_head; /* of the request that is being read */
    size_t to_come; /* of its body */
    int has_unread; /* of a request that was refused before its end */
};

/* Sets a listener up; connections are copies of it. */
void http_prepare(struct soap *listener);

/* Whether another request comes before the connection was idle for too long. */
int http_wait(struct soap *soap);

/* One request and its answer, or its fault. */
void http_serve(struct soap *soap);

#endif

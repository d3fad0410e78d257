/* P-28: the key that this board made for a number, from its request until a certificate answers it. Guarded by the board's gate. */
#ifndef OWNKEY_H
#define OWNKEY_H

#include "pack.h"

int own_key_is_open(void);
void own_key_forget(void);

/* A pack without a key is for the key that this board made. */
void pack_add_own_key(struct pack *pack, const char *device_secret);

/* The request made before, where it is for the same number; else a new key and its request, both in memory before anybody hears of them. NULL where that fails. */
X509_REQ *own_key_request(const char *wanted, const char *device_secret);

#endif

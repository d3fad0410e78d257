/* A certificate pack: what it says, whether its parts belong together, and how it lies in memory. */
#ifndef PACK_H
#define PACK_H

#include <openssl/ssl.h>
#include <stddef.h>

enum { NUMBER_SIZE = 12, FINGERPRINT_SIZE = 65, PROBLEM_SIZE = 200 };

enum kind { COMMON, OWN };

struct pack
{
    X509 *leaf;
    STACK_OF(X509) *issuing;
    X509 *root;
    EVP_PKEY *key;
    int whole;                          /* every part is DER of its kind */
    int came_with_key;
    char fingerprint[FINGERPRINT_SIZE]; /* SHA-256 of the leaf's bytes, lower-case hex */
    char number[NUMBER_SIZE];           /* whose it is; empty for the common certificate */
};

struct der
{
    const unsigned char *bytes;
    int length;
};

/* Who called, read from a chain that TLS has verified. */
enum role { NOBODY, LINE_STATION, OPERATOR, OTHER };

/* From the wire. A part that is not DER of its kind is absent, and the pack not whole. The key may be absent. */
struct pack *pack_from_wire(struct der root, const struct der *issuing, int issuing_count, struct der leaf, struct der key);

/* From memory, as pack_to_memory made it. NULL where it is not whole. */
struct pack *pack_from_memory(const unsigned char *bytes, size_t length, const char *device_secret);

/* PEM: the leaf, the issuing certificates, the root, the key encrypted under the board's own secret. NULL where it can't be made. */
BIO *pack_to_memory(const struct pack *pack, const char *device_secret);

/* Checks that everything belongs together, without looking at a clock. Returns NULL, or what is wrong. The number is the one expected, NULL for none. */
const char *pack_problem(struct pack *pack, enum kind kind, const char *number, char *problem);

/* Whether the certificate began to be valid before the other pack's did. */
int pack_is_older(const struct pack *pack, const struct pack *than);

void pack_free(struct pack *pack);

/* ^[A-Z0-9]{4}-[0-9]{6}$ */
int is_machine_number(const char *text);

/* What the next handshake gets. NULL for a blank board: it presents what it signs itself and can verify nobody. */
SSL_CTX *tls_context(const struct pack *pack);

enum role tls_role(SSL *ssl);

/* A new P-256 key. */
EVP_PKEY *key_make(void);

#endif

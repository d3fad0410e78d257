#include "pack.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int is_machine_number(const char *text)
{
    if (text == NULL || strlen(text) != 11 || text[4] != '-')
        return 0;
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == 4 && strspn(text + 5, "0123456789") == 6;
}

/* The one value of an attribute of the subject; empty where it is absent, there twice, or longer than anything we know. */
static const char *attribute(const X509 *certificate, int nid, char *value, int size)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int index = X509_NAME_get_index_by_NID(subject, nid, -1);
    unsigned char *text = NULL;
    value[0] = 0;
    if (index < 0 || X509_NAME_get_index_by_NID(subject, nid, index) >= 0)
        return value;
    int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (length > 0 && length < size && strlen((char *)text) == (size_t)length)
        memcpy(value, text, (size_t)length + 1);
    OPENSSL_free(text);
    return value;
}

static int attribute_is(const X509 *certificate, int nid, const char *wanted)
{
    char value[64];
    return strcmp(attribute(certificate, nid, value, sizeof value), wanted) == 0;
}

static void describe(struct pack *pack, struct der leaf)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(leaf.bytes, (size_t)leaf.length, digest, &length, EVP_sha256(), NULL);
    for (unsigned i = 0; i < length && 2 * i + 2 < sizeof pack->fingerprint; i++)
        snprintf(pack->fingerprint + 2 * i, 3, "%02x", digest[i]);
    if (pack->leaf != NULL)
        attribute(pack->leaf, NID_commonName, pack->number, sizeof pack->number);
    if (!is_machine_number(pack->number))
        pack->number[0] = 0;
}

static X509 *certificate_from(struct der der)
{
    const unsigned char *at = der.bytes;
    X509 *certificate = d2i_X509(NULL, &at, der.length);
    if (certificate != NULL && at == der.bytes + der.length)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static EVP_PKEY *key_from(struct der der)
{
    const unsigned char *at = der.bytes;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, der.length);
    EVP_PKEY *key = info == NULL ? NULL : EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

struct pack *pack_from_wire(struct der root, const struct der *issuing, int issuing_count, struct der leaf, struct der key)
{
    struct pack *pack = calloc(1, sizeof *pack);
    pack->issuing = sk_X509_new_null();
    pack->root = certificate_from(root);
    pack->leaf = certificate_from(leaf);
    pack->key = key.bytes == NULL ? NULL : key_from(key);
    pack->came_with_key = key.bytes != NULL;
    pack->whole = pack->root != NULL && pack->leaf != NULL && (!pack->came_with_key || pack->key != NULL);
    for (int i = 0; i < issuing_count && pack->whole; i++)
    {
        X509 *certificate = certificate_from(issuing[i]);
        pack->whole = certificate != NULL && sk_X509_push(pack->issuing, certificate) > 0;
    }
    describe(pack, leaf);
    return pack;
}

BIO *pack_to_memory(const struct pack *pack, const char *device_secret)
{
    BIO *pem = BIO_new(BIO_s_secmem());
    int made = PEM_write_bio_X509(pem, pack->leaf);
    for (int i = 0; i < sk_X509_num(pack->issuing); i++)
        made = made && PEM_write_bio_X509(pem, sk_X509_value(pack->issuing, i));
    made = made && PEM_write_bio_X509(pem, pack->root)
        && PEM_write_bio_PKCS8PrivateKey(pem, pack->key, EVP_aes_256_cbc(), device_secret, (int)strlen(device_secret), NULL, NULL);
    if (made)
        return pem;
    BIO_free(pem);
    return NULL;
}

struct pack *pack_from_memory(const unsigned char *bytes, size_t length, const char *device_secret)
{
    struct pack *pack = calloc(1, sizeof *pack);
    BIO *certificates = BIO_new_mem_buf(bytes, (int)length);
    BIO *key = BIO_new_mem_buf(bytes, (int)length);
    pack->issuing = sk_X509_new_null();
    pack->leaf = PEM_read_bio_X509(certificates, NULL, NULL, NULL);
    for (X509 *next; (next = PEM_read_bio_X509(certificates, NULL, NULL, NULL)) != NULL;)
        sk_X509_push(pack->issuing, next);
    pack->root = sk_X509_pop(pack->issuing);
    pack->key = PEM_read_bio_PrivateKey(key, NULL, NULL, (void *)(uintptr_t)device_secret);
    BIO_free(certificates);
    BIO_free(key);
    unsigned char *der = NULL;
    int size = pack->leaf == NULL ? 0 : i2d_X509(pack->leaf, &der);
    if (size > 0 && pack->root != NULL && pack->key != NULL)
    {
        pack->whole = 1;
        describe(pack, (struct der){der, size});
        OPENSSL_free(der);
        return pack;
    }
    OPENSSL_free(der);
    pack_free(pack);
    return NULL;
}

static const char *say(char *problem, const char *sentence)
{
    snprintf(problem, PROBLEM_SIZE, "%s", sentence);
    return problem;
}

static int is_for_both_sides(X509 *leaf)
{
    const uint32_t both = XKU_SSL_SERVER | XKU_SSL_CLIENT;
    return (X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(leaf) & both) == both;
}

const char *pack_problem(struct pack *pack, enum kind kind, const char *number, char *problem)
{
    if (!pack->whole)
        return say(problem, "A part of the pack is no certificate or key in DER.");
    if (pack->key == NULL || X509_check_private_key(pack->leaf, pack->key) != 1)
        return say(problem, "The private key is not the certificate's.");
    X509_STORE *trusted = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    X509_STORE_add_cert(trusted, pack->root);
    X509_STORE_CTX_init(check, trusted, pack->leaf, pack->issuing);
    X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_flags(check, X509_V_FLAG_NO_CHECK_TIME); /* a wrong clock must not turn a board back into a blank one */
    int verified = X509_verify_cert(check) == 1;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(check);
    const char *found = NULL;
    if (!verified)
        found = say(problem, X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
    else if (sk_X509_num(chain) != 3 || !attribute_is(sk_X509_value(chain, 1), NID_organizationalUnitName, kind == OWN ? "Devices" : "Common"))
        found = say(problem, "The certificate is not from the issuing CA for its kind.");
    else if (!is_for_both_sides(pack->leaf))
        found = say(problem, "The certificate is not for TLS on both sides: extendedKeyUsage has to hold serverAuth and clientAuth.");
    else if (kind == OWN && (pack->number[0] == 0 || !attribute_is(pack->leaf, NID_serialNumber, pack->number)))
        found = say(problem, "The certificate names no machine number.");
    else if (kind == OWN && number != NULL && strcmp(number, pack->number) != 0)
        found = say(problem, "The certificate is another machine's.");
    X509_STORE_CTX_free(check);
    X509_STORE_free(trusted);
    return found;
}

int pack_is_older(const struct pack *pack, const struct pack *than)
{
    return ASN1_TIME_compare(X509_get0_notBefore(pack->leaf), X509_get0_notBefore(than->leaf)) < 0;
}

void pack_free(struct pack *pack)
{
    if (pack == NULL)
        return;
    X509_free(pack->leaf);
    X509_free(pack->root);
    sk_X509_pop_free(pack->issuing, X509_free);
    EVP_PKEY_free(pack->key); /* OpenSSL wipes what it frees of a key */
    free(pack);
}

EVP_PKEY *key_make(void)
{
    return EVP_EC_gen("P-256");
}

/* It proves nothing; it only makes encryption possible on the cable. Made at each start and kept nowhere. */
static int use_blank_certificate(SSL_CTX *context)
{
    EVP_PKEY *key = key_make();
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    int made = key != NULL && X509_set_version(certificate, X509_VERSION_3)
        && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL
        && X509_gmtime_adj(X509_getm_notAfter(certificate), 20L * 365 * 86400) != NULL
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"blank board", -1, -1, 0)
        && X509_set_issuer_name(certificate, name)
        && X509_set_pubkey(certificate, key)
        && X509_sign(certificate, key, EVP_sha256()) > 0
        && SSL_CTX_use_certificate(context, certificate) == 1
        && SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

static int use_pack(SSL_CTX *context, const struct pack *pack)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    int made = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), pack->root) == 1
        && SSL_CTX_use_certificate(context, pack->leaf) == 1
        && SSL_CTX_use_PrivateKey(context, pack->key) == 1;
    for (int i = 0; i < sk_X509_num(pack->issuing); i++)
        made = made && SSL_CTX_add1_chain_cert(context, sk_X509_value(pack->issuing, i)) == 1;
    return made;
}

SSL_CTX *tls_context(const struct pack *pack)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* A resumed session would answer with the certificate of an earlier handshake, and proof needs today's. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context, 0);
    if (pack == NULL ? use_blank_certificate(context) : use_pack(context, pack))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

enum role tls_role(SSL *ssl)
{
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    if (SSL_get0_peer_certificate(ssl) == NULL)
        return NOBODY;
    if (SSL_get_verify_result(ssl) != X509_V_OK || sk_X509_num(chain) != 3 || !attribute_is(sk_X509_value(chain, 1), NID_organizationalUnitName, "Parts"))
        return OTHER;
    if (attribute_is(sk_X509_value(chain, 0), NID_organizationalUnitName, "LineStation"))
        return LINE_STATION;
    return attribute_is(sk_X509_value(chain, 0), NID_organizationalUnitName, "Operator") ? OPERATOR : OTHER;
}

#include "ownkey.h"

#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static const char REQUESTED_KEY[] = "secure-element/requested-key";

int own_key_is_open(void)
{
    return memory_has(REQUESTED_KEY);
}

void own_key_forget(void)
{
    memory_erase(REQUESTED_KEY);
}

void pack_add_own_key(struct pack *pack, const char *device_secret)
{
    size_t length = 0;
    unsigned char *bytes = pack->key == NULL ? memory_read(REQUESTED_KEY, &length) : NULL;
    BIO *pem = bytes == NULL ? NULL : BIO_new_mem_buf(bytes, (int)length);
    if (pem != NULL)
        pack->key = PEM_read_bio_PrivateKey(pem, NULL, NULL, (void *)(uintptr_t)device_secret);
    BIO_free(pem);
    free(bytes);
}

static X509_REQ *make_request(EVP_PKEY *key, const char *wanted)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_REQ_get_subject_name(request);
    if (X509_NAME_add_entry_by_NID(name, NID_serialNumber, MBSTRING_ASC, (const unsigned char *)wanted, -1, -1, 0)
        && X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, (const unsigned char *)wanted, -1, -1, 0)
        && X509_REQ_set_pubkey(request, key) && X509_REQ_sign(request, key, EVP_sha256()) > 0)
        return request;
    X509_REQ_free(request);
    return NULL;
}

static int request_is_for(X509_REQ *request, const char *wanted)
{
    char name[NUMBER_SIZE] = "";
    X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, name, sizeof name);
    return strcmp(name, wanted) == 0;
}

X509_REQ *own_key_request(const char *wanted, const char *device_secret)
{
    size_t length = 0;
    unsigned char *bytes = memory_read(REQUESTED_KEY, &length);
    BIO *pem = bytes == NULL ? NULL : BIO_new_mem_buf(bytes, (int)length);
    X509_REQ *request = pem == NULL ? NULL : PEM_read_bio_X509_REQ(pem, NULL, NULL, NULL);
    BIO_free(pem);
    free(bytes);
    if (request != NULL && request_is_for(request, wanted))
        return request;
    X509_REQ_free(request);

    EVP_PKEY *key = key_make();
    char *text = NULL;
    pem = BIO_new(BIO_s_secmem());
    request = make_request(key, wanted);
    int made = request != NULL && PEM_write_bio_X509_REQ(pem, request)
        && PEM_write_bio_PKCS8PrivateKey(pem, key, EVP_aes_256_cbc(), device_secret, (int)strlen(device_secret), NULL, NULL);
    long size = made ? BIO_get_mem_data(pem, &text) : 0;
    if (!made || memory_write(REQUESTED_KEY, text, (size_t)size) != 0)
    {
        X509_REQ_free(request);
        request = NULL;
    }
    BIO_free(pem);
    EVP_PKEY_free(key);
    return request;
}

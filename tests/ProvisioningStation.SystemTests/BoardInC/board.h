/* What the board is and does, whatever the messages look like. Every function may be called from any thread. */
#ifndef BOARD_H
#define BOARD_H

#include "pack.h"

enum write_state { IDLE, WRITING, SUCCEEDED, FAILED };

struct result
{
    enum write_state state;
    char fingerprint[FINGERPRINT_SIZE];
    char detail[PROBLEM_SIZE];
};

/* A code of the protocol and a sentence for people; no code: nothing was refused. */
struct refusal
{
    const char *code;
    const char *sentence;
};

/* Empty is absent. */
struct board_view
{
    char number[NUMBER_SIZE];
    char common[FINGERPRINT_SIZE];
    char own[FINGERPRINT_SIZE];
    int is_initialized;
};

int board_start(const char *directory, int write_delay_milliseconds);
void board_stop(void);

struct board_view board_look(void);

/* Whether somebody who could not be verified, on a connection from when the board was blank, may still be here: until the common certificate's result is acknowledged. */
int board_is_open_to_anybody(void);
struct result board_result(void);

/* Takes the pack and begins to write it; the pack is the board's from here on. The number is the message's, NULL where it has none. */
struct refusal board_receive(enum kind kind, struct pack *pack, const char *number);
struct refusal board_acknowledge(void);
struct refusal board_initialize(void);

/* P-28: a key of the board's own, and PKCS#10 for it. The caller frees *der with OPENSSL_free. */
struct refusal board_request_certificate(const char *number, unsigned char **der, int *length);

/* For the next handshake; to be freed with SSL_CTX_free. */
SSL_CTX *board_context(void);

#endif

#include "board.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "memory.h"
#include "ownkey.h"

static const char OWN_AREA[] = "flash/certificate", COMMON_IN_FLASH[] = "flash/common-certificate", COMMON_IN_NVRAM[] = "nvram/common-certificate";
static const char NUMBER_AREA[] = "nvram/machine-number", RESULT_AREA[] = "nvram/write-result", COUNTERS[] = "nvram/counters", INITIAL[] = "nvram/initial-values";
static const char SECRET_AREA[] = "secure-element/device-secret";
static const struct refusal NOTHING = {NULL, NULL};
static const long PACK_LIMIT = 16384; /* of an area that holds a pack, P-25 and P-26 */

/* Everything below is guarded by the gate and changes only after memory has changed. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct pack *own, *common;
static SSL_CTX *context;
static char number[NUMBER_SIZE];
static struct result result;
static pthread_t writer;
static int writer_started;

static char device_secret[65];
static int write_delay;

struct job
{
    enum kind kind;
    struct pack *pack;
    char number[NUMBER_SIZE];
};

static void settle(enum write_state state, const char *fingerprint, const char *detail)
{
    char text[FINGERPRINT_SIZE + PROBLEM_SIZE + 8];
    result.state = state;
    snprintf(result.fingerprint, sizeof result.fingerprint, "%s", fingerprint);
    snprintf(result.detail, sizeof result.detail, "%s", detail);
    snprintf(text, sizeof text, "%d %s %s", (int)state, result.fingerprint, result.detail);
    if ((state == IDLE ? memory_erase(RESULT_AREA) : memory_write_value(RESULT_AREA, text)) != 0)
        perror(RESULT_AREA); /* it is still told to whoever asks before the next power cut */
}

/* Reads an area, fresh from the medium, and checks it; NULL where it holds no good pack. */
static struct pack *read_pack(unsigned char *(*read)(const char *, size_t *), const char *area, enum kind kind, const char *expected, char *problem)
{
    size_t length = 0;
    unsigned char *bytes = read(area, &length);
    struct pack *pack = bytes == NULL ? NULL : pack_from_memory(bytes, length, device_secret);
    free(bytes);
    snprintf(problem, PROBLEM_SIZE, "What was read back is not what was written.");
    if (pack == NULL || pack_problem(pack, kind, expected, problem) == NULL)
        return pack;
    pack_free(pack);
    return NULL;
}

/* Written beside, forced to the medium, read back, checked, and only then put in place. On failure the board has what it had before. */
static struct pack *replace(const char *area, const struct pack *pack, enum kind kind, const char *expected, char *problem)
{
    BIO *pem = pack_to_memory(pack, device_secret);
    char *bytes = NULL;
    long length = pem == NULL ? 0 : BIO_get_mem_data(pem, &bytes);
    struct pack *read = NULL;
    if (length == 0 || memory_stage(area, bytes, (size_t)length) != 0)
        snprintf(problem, PROBLEM_SIZE, "The flash could not be written.");
    else if ((read = read_pack(memory_read_staged, area, kind, expected, problem)) != NULL && (strcmp(read->fingerprint, pack->fingerprint) != 0 || memory_commit(area) != 0))
    {
        pack_free(read);
        read = NULL;
    }
    BIO_free(pem);
    return read;
}

static void take(struct pack **place, struct pack *pack)
{
    pack_free(*place);
    *place = pack;
    clock_learn(pack);
    SSL_CTX_free(context); /* connections that have it keep it */
    context = tls_context(own != NULL ? own : common);
}

/* What a new certificate would mend: found before flash is touched. Only the writer changes what the board has. */
static const char *find_problem(const struct job *job, char *problem)
{
    const char *found = pack_problem(job->pack, job->kind, job->kind == OWN ? job->number : NULL, problem);
    if (found == NULL)
        found = clock_problem(job->pack, problem);
    if (found == NULL && job->kind == OWN && own != NULL && pack_is_older(job->pack, own))
        snprintf(problem, PROBLEM_SIZE, "%s", found = "The certificate is older than the one in place. A board never goes back to an earlier one.");
    return found;
}

/* The receipt has been given; this goes on while the station asks for the result. */
static void *write_pack(void *argument)
{
    struct job *job = argument;
    char problem[PROBLEM_SIZE] = "";
    nanosleep(&(struct timespec){write_delay / 1000, write_delay % 1000 * 1000000L}, NULL);
    struct pack *read = find_problem(job, problem) != NULL ? NULL
        : replace(job->kind == OWN ? OWN_AREA : COMMON_IN_FLASH, job->pack, job->kind, job->kind == OWN ? job->number : NULL, problem);
    if (read != NULL && job->kind == COMMON)
    {
        pack_free(read);
        read = replace(COMMON_IN_NVRAM, job->pack, COMMON, NULL, problem);
    }
    pthread_mutex_lock(&gate);
    if (read != NULL)
    {
        take(job->kind == OWN ? &own : &common, read);
        own_key_forget(); /* it is in flash with its certificate now, or another came */
    }
    power_may_go("before-result");
    settle(read != NULL ? SUCCEEDED : FAILED, job->pack->fingerprint, read != NULL ? "Written, read back and checked." : problem);
    pthread_mutex_unlock(&gate);
    pack_free(job->pack);
    free(job);
    return NULL;
}

static int is_too_large(const struct pack *pack)
{
    BIO *pem = pack->whole && pack->key != NULL ? pack_to_memory(pack, device_secret) : NULL;
    char *bytes = NULL;
    int too_large = pem != NULL && BIO_get_mem_data(pem, &bytes) > PACK_LIMIT;
    BIO_free(pem);
    return too_large;
}

static struct refusal check(enum kind kind, const struct pack *pack, const char *said)
{
    if (kind == COMMON && (said != NULL || !pack->came_with_key))
        return (struct refusal){"InvalidCertificatePack", "The common certificate's pack holds a private key and no machine number."};
    if (is_too_large(pack))
        return (struct refusal){"RequestTooLarge", "The pack is larger than the 16384 bytes of its area in flash."};
    if (kind == COMMON)
        return own != NULL || (common != NULL && strcmp(common->fingerprint, pack->fingerprint) != 0)
            ? (struct refusal){"CommonCertificateExists", "This board has a certificate already."} : NOTHING;
    if (!is_machine_number(said))
        return (struct refusal){"InvalidCertificatePack", "The pack names no machine number."};
    if (!pack->came_with_key && pack->key == NULL && (own == NULL || strcmp(own->fingerprint, pack->fingerprint) != 0))
        return (struct refusal){"InvalidCertificatePack", "The pack holds no private key, and this board did not make one for it."};
    if (pack->came_with_key && own_key_is_open())
        return (struct refusal){"InvalidCertificatePack", "This board has made its own key. It takes none that was made elsewhere: send the pack without one."};
    const char *mine = number[0] != 0 ? number : own != NULL ? own->number : said;
    if (strcmp(mine, said) != 0)
        return (struct refusal){"WrongBoard", "This board has another machine number."};
    if (pack->root == NULL || X509_cmp(pack->root, (common != NULL ? common : own)->root) != 0) /* a station that may call this was verified against it */
        return (struct refusal){"InvalidCertificatePack", "The pack's root is not the one that this board trusts."};
    return NOTHING;
}

static struct refusal begin(enum kind kind, struct pack *pack, const char *said)
{
    struct refusal refused = check(kind, pack, said);
    if (refused.code != NULL)
        return refused;
    int same = result.state == WRITING && strcmp(result.fingerprint, pack->fingerprint) == 0;
    if (result.state == WRITING)
        return same ? NOTHING : (struct refusal){"BoardBusy", "The board is writing another certificate. Ask for its result first."};
    if ((own != NULL && strcmp(own->fingerprint, pack->fingerprint) == 0) || (common != NULL && strcmp(common->fingerprint, pack->fingerprint) == 0))
    {
        settle(SUCCEEDED, pack->fingerprint, "It was in place already.");
        return NOTHING;
    }
    if (writer_started)
        pthread_join(writer, NULL); /* it has ended, or the state would be Writing */
    struct job *job = malloc(sizeof *job);
    *job = (struct job){.kind = kind, .pack = pack};
    snprintf(job->number, sizeof job->number, "%s", said == NULL ? "" : said);
    settle(WRITING, pack->fingerprint, ""); /* before flash is touched: a start that finds this looks at what is really there */
    power_may_go("after-intent");
    writer_started = pthread_create(&writer, NULL, write_pack, job) == 0;
    if (writer_started)
        return (struct refusal){NULL, "begun"};
    settle(FAILED, pack->fingerprint, "The board could not begin to write.");
    free(job);
    return NOTHING;
}

struct refusal board_receive(enum kind kind, struct pack *pack, const char *said)
{
    pthread_mutex_lock(&gate);
    if (kind == OWN)
        pack_add_own_key(pack, device_secret);
    struct refusal refused = begin(kind, pack, said);
    pthread_mutex_unlock(&gate);
    if (refused.code != NULL || refused.sentence == NULL)
        pack_free(pack); /* nobody writes it */
    return refused;
}

struct refusal board_acknowledge(void)
{
    struct refusal refused = NOTHING;
    pthread_mutex_lock(&gate);
    if (result.state == WRITING)
        refused = (struct refusal){"BoardBusy", "The board is writing. There is no result to acknowledge yet."};
    else if (result.state != IDLE)
        settle(IDLE, "", "");
    pthread_mutex_unlock(&gate);
    return refused;
}

/* Counters that count are never touched again. */
static int write_once(const char *area, const char *text)
{
    return memory_has(area) ? 0 : memory_write_value(area, text);
}

/* In the guide's order, each whole or absent, each only where it is absent: a board without one of them is not initialised yet, and a repetition does the rest. */
static int initialize(void)
{
    if (number[0] == 0 && memory_write_value(NUMBER_AREA, own->number) != 0)
        return -1;
    memcpy(number, own->number, sizeof number);
    return write_once(COUNTERS, "copies=0\nprints=0\nscans=0\n") == 0 && write_once(INITIAL, "language=ja\npower-save-minutes=15\n") == 0 ? 0 : -1;
}

struct refusal board_initialize(void)
{
    struct refusal refused = NOTHING;
    pthread_mutex_lock(&gate);
    if (own == NULL)
        refused = (struct refusal){"Conflict", "This board has no certificate of its own yet. Write it first."};
    else if (number[0] != 0 && strcmp(number, own->number) != 0)
        refused = (struct refusal){"WrongBoard", "This board's number and its certificate's differ."};
    else if (initialize() != 0)
        refused = (struct refusal){"WriteFailed", "The NVRAM could not be written."};
    pthread_mutex_unlock(&gate);
    return refused;
}

struct refusal board_request_certificate(const char *wanted, unsigned char **der, int *length)
{
    struct refusal refused = NOTHING;
    X509_REQ *request = NULL;
    pthread_mutex_lock(&gate);
    if (!is_machine_number(wanted))
        refused = (struct refusal){"InvalidMachineNumber", "That is not a machine number."};
    else if (strcmp(number[0] != 0 ? number : own != NULL ? own->number : wanted, wanted) != 0)
        refused = (struct refusal){"WrongBoard", "This board has another machine number."};
    else if (result.state == WRITING)
        refused = (struct refusal){"BoardBusy", "The board is writing a certificate. Ask for its result first."};
    else if ((request = own_key_request(wanted, device_secret)) == NULL || (*length = i2d_X509_REQ(request, der)) <= 0)
        refused = (struct refusal){"WriteFailed", "The board could not make and keep a key."};
    pthread_mutex_unlock(&gate);
    X509_REQ_free(request);
    return refused;
}

struct board_view board_look(void)
{
    struct board_view view = {0};
    pthread_mutex_lock(&gate);
    memcpy(view.number, number, sizeof number);
    if (common != NULL)
        memcpy(view.common, common->fingerprint, sizeof view.common);
    if (own != NULL)
        memcpy(view.own, own->fingerprint, sizeof view.own);
    view.is_initialized = own != NULL && strcmp(number, own->number) == 0 && memory_has(COUNTERS) && memory_has(INITIAL);
    pthread_mutex_unlock(&gate);
    return view;
}

int board_is_open_to_anybody(void)
{
    pthread_mutex_lock(&gate);
    int open = own == NULL && (common == NULL || (result.state != IDLE && strcmp(result.fingerprint, common->fingerprint) == 0));
    pthread_mutex_unlock(&gate);
    return open;
}

struct result board_result(void)
{
    pthread_mutex_lock(&gate);
    struct result copy = result;
    pthread_mutex_unlock(&gate);
    return copy;
}

SSL_CTX *board_context(void)
{
    pthread_mutex_lock(&gate);
    SSL_CTX *current = context;
    clock_apply(current);
    SSL_CTX_up_ref(current);
    pthread_mutex_unlock(&gate);
    return current;
}

/* The key under which private keys lie in flash. A real board keeps it in its secure element or in fuses. */
static int load_secret(void)
{
    size_t length = 0;
    unsigned char *kept = memory_read(SECRET_AREA, &length), fresh[32];
    if (kept != NULL && length == sizeof device_secret - 1)
        memcpy(device_secret, kept, length);
    else if (RAND_bytes(fresh, sizeof fresh) == 1)
        for (size_t i = 0; i < sizeof fresh; i++)
            snprintf(device_secret + 2 * i, 3, "%02x", fresh[i]);
    int loaded = kept != NULL || memory_write(SECRET_AREA, device_secret, sizeof device_secret - 1) == 0;
    free(kept);
    return loaded ? 0 : -1;
}

/* Flash and NVRAM both hold the common certificate; the power may have gone between the two. */
static struct pack *read_common(void)
{
    char problem[PROBLEM_SIZE];
    struct pack *flash = read_pack(memory_read, COMMON_IN_FLASH, COMMON, NULL, problem);
    struct pack *nvram = read_pack(memory_read, COMMON_IN_NVRAM, COMMON, NULL, problem);
    struct pack *found = flash != NULL ? flash : nvram;
    if (found != NULL && (flash == NULL || nvram == NULL || strcmp(flash->fingerprint, nvram->fingerprint) != 0))
        pack_free(replace(flash != NULL ? COMMON_IN_NVRAM : COMMON_IN_FLASH, found, COMMON, NULL, problem));
    pack_free(found == flash ? nvram : flash);
    return found;
}

static void read_result(void)
{
    char *text = memory_read_value(RESULT_AREA);
    int state = IDLE;
    if (text != NULL && sscanf(text, "%d %64s %199[^\n]", &state, result.fingerprint, result.detail) >= 2 && state > IDLE && state <= FAILED)
        result.state = (enum write_state)state;
    free(text);
    if (result.state != WRITING)
        return;
    char interrupted[FINGERPRINT_SIZE];
    memcpy(interrupted, result.fingerprint, sizeof interrupted);
    int in_place = (own != NULL && strcmp(own->fingerprint, interrupted) == 0) || (common != NULL && strcmp(common->fingerprint, interrupted) == 0);
    settle(in_place ? SUCCEEDED : FAILED, interrupted, in_place ? "Written, then the power was lost; checked after the start." : "The power was lost during the write. The board has what it had before.");
}

/* A damaged one is taken from the board's own certificate; without that it is as if it had never been set. */
static void read_number(void)
{
    char *kept = memory_read_value(NUMBER_AREA);
    if (kept != NULL && is_machine_number(kept))
        memcpy(number, kept, sizeof number);
    else if (own != NULL && memory_has(NUMBER_AREA) && memory_write_value(NUMBER_AREA, own->number) == 0)
        memcpy(number, own->number, sizeof number);
    free(kept);
}

/* Damaged ones go, so that InitializeParameters sets them again. Counters stay as they are: a service person has to look. */
static void read_initial_values(void)
{
    char *values = memory_read_value(INITIAL), *counts = memory_read_value(COUNTERS);
    if (values == NULL)
        memory_erase(INITIAL);
    free(values);
    free(counts);
}

int board_start(const char *directory, int write_delay_milliseconds)
{
    char problem[PROBLEM_SIZE];
    write_delay = write_delay_milliseconds;
    if (memory_open(directory) != 0 || load_secret() != 0)
    {
        perror(directory);
        return -1;
    }
    own = read_pack(memory_read, OWN_AREA, OWN, NULL, problem);
    common = read_common();
    clock_learn(own);
    clock_learn(common);
    read_number();
    read_initial_values();
    read_result();
    context = tls_context(own != NULL ? own : common);
    return context == NULL ? -1 : 0;
}

void board_stop(void)
{
    if (writer_started)
        pthread_join(writer, NULL);
    pack_free(own);
    pack_free(common);
    SSL_CTX_free(context);
}

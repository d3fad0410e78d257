#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const AREAS[] = {"flash", "nvram", "secure-element"};
static const size_t MOST = 64 * 1024;
static int root = -1;

int memory_open(const char *directory)
{
    mkdir(directory, 0700);
    root = open(directory, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof AREAS / sizeof *AREAS; i++)
        if (root < 0 || (mkdirat(root, AREAS[i], 0700) != 0 && errno != EEXIST))
            return -1;
    return 0;
}

static const char *staged(const char *area, char *name)
{
    snprintf(name, PATH_MAX, "%s.new", area);
    return name;
}

/* A rename is durable when the directory is. */
static int sync_directory_of(const char *area)
{
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(area, "/"), area);
    int directory = openat(root, name, O_RDONLY | O_DIRECTORY);
    int result = directory < 0 ? -1 : fsync(directory);
    close(directory);
    return result;
}

static unsigned char *read_file(const char *name, size_t *length)
{
    int file = openat(root, name, O_RDONLY);
    if (file < 0)
        return NULL;
    unsigned char *bytes = malloc(MOST + 1);
    ssize_t count = 0, more = 1;
    while (bytes != NULL && more > 0 && (size_t)count < MOST)
        if ((more = read(file, bytes + count, MOST - (size_t)count)) > 0)
            count += more;
    close(file);
    if (bytes == NULL || more != 0)
    {
        free(bytes);
        return NULL;
    }
    bytes[count] = 0;
    *length = (size_t)count;
    return bytes;
}

unsigned char *memory_read(const char *area, size_t *length)
{
    return read_file(area, length);
}

unsigned char *memory_read_staged(const char *area, size_t *length)
{
    char name[PATH_MAX];
    return read_file(staged(area, name), length);
}

int memory_has(const char *area)
{
    return faccessat(root, area, F_OK, 0) == 0;
}

int memory_stage(const char *area, const void *bytes, size_t length)
{
    char name[PATH_MAX], moment[PATH_MAX];
    int file = openat(root, staged(area, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        return -1;
    size_t half = length / 2;
    int written = write(file, bytes, half) == (ssize_t)half;
    snprintf(moment, sizeof moment, "%s.half-written", area);
    power_may_go(moment);
    written = written && write(file, (const char *)bytes + half, length - half) == (ssize_t)(length - half) && fsync(file) == 0;
    return close(file) == 0 && written ? 0 : -1;
}

int memory_commit(const char *area)
{
    char name[PATH_MAX], moment[PATH_MAX];
    snprintf(moment, sizeof moment, "%s.before-rename", area);
    power_may_go(moment);
    if (renameat(root, staged(area, name), root, area) != 0 || sync_directory_of(area) != 0)
        return -1;
    snprintf(moment, sizeof moment, "%s.after-rename", area);
    power_may_go(moment);
    return 0;
}

int memory_write(const char *area, const void *bytes, size_t length)
{
    size_t read_length = 0;
    unsigned char *read_back = memory_stage(area, bytes, length) == 0 ? memory_read_staged(area, &read_length) : NULL;
    int same = read_back != NULL && read_length == length && memcmp(read_back, bytes, length) == 0;
    free(read_back);
    return same ? memory_commit(area) : -1;
}

enum { CHECK_SIZE = 16 }; /* "check=", 8 digits, a line's end, and the zero of C */

static void describe_check(const char *text, size_t length, char *check)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL);
    snprintf(check, CHECK_SIZE, "check=%02x%02x%02x%02x\n", digest[0], digest[1], digest[2], digest[3]);
}

int memory_write_value(const char *area, const char *text)
{
    size_t length = strlen(text);
    char *value = malloc(length + CHECK_SIZE);
    if (value == NULL)
        return -1;
    memcpy(value, text, length);
    describe_check(text, length, value + length);
    int written = memory_write(area, value, length + CHECK_SIZE - 1);
    free(value);
    return written;
}

char *memory_read_value(const char *area)
{
    size_t size = 0;
    char *value = (char *)memory_read(area, &size), check[CHECK_SIZE];
    if (value == NULL)
        return NULL;
    size_t length = size < CHECK_SIZE - 1 ? 0 : size - (CHECK_SIZE - 1);
    describe_check(value, length, check);
    if (strcmp(value + length, check) == 0)
    {
        value[length] = 0;
        return value;
    }
    fprintf(stderr, "Damaged memory %s: what lies there is not what was written.\n", area);
    free(value);
    return NULL;
}

int memory_erase(const char *area)
{
    return (unlinkat(root, area, 0) == 0 || errno == ENOENT) && sync_directory_of(area) == 0 ? 0 : -1;
}

void power_may_go(const char *moment)
{
    const char *told = getenv("BOARD_POWER_CUT");
    if (told == NULL || strcmp(told, moment) != 0)
        return;
    fprintf(stderr, "power cut at %s\n", moment);
    kill(getpid(), SIGKILL);
}

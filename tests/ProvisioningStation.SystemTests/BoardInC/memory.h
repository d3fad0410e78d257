/* The board's memories as files: each is replaced whole or not at all, whatever moment the power goes. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Opens the memories below a directory; a new one is a board fresh from assembly. 0, or -1 with errno. */
int memory_open(const char *directory);

/* What lies in an area, such as "flash/certificate"; NULL where there is nothing. To be freed. A zero byte follows the last one. */
unsigned char *memory_read(const char *area, size_t *length);

int memory_has(const char *area);

/* Writes beside the area and forces it to the medium. What the area holds stays as it is. */
int memory_stage(const char *area, const void *bytes, size_t length);

/* Reads back what memory_stage wrote. */
unsigned char *memory_read_staged(const char *area, size_t *length);

/* Puts what was staged in place, in one step that a power cut can't divide. */
int memory_commit(const char *area);

/* Stage, read back, compare, commit: for content that needs no other check. */
int memory_write(const char *area, const void *bytes, size_t length);

/* A short text with a check behind it: a number with one bit changed is often another number. */
int memory_write_value(const char *area, const char *text);

/* The text; NULL where there is none, or where it is damaged, which is said. To be freed. */
char *memory_read_value(const char *area);

int memory_erase(const char *area);

/* Where a test cuts the power: the program kills itself where the environment variable BOARD_POWER_CUT names this moment. */
void power_may_go(const char *moment);

#endif

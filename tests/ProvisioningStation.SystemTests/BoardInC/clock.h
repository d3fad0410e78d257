/* The board's clock, which may never have been set: what src/Board/README.md says under "The clock". */
#ifndef CLOCK_H
#define CLOCK_H

#include "pack.h"

/* Takes note of a pack that is in memory: its certificates were made before today. */
void clock_learn(const struct pack *pack);

/* Judges the callers of the next connection by the clock, or, where it is unset, by everything but the clock. */
void clock_apply(SSL_CTX *context);

/* Why a pack that came may not be used now; NULL where it may. What lies in memory is never asked about. */
const char *clock_problem(const struct pack *pack, char *problem);

#endif

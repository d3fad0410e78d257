#include "clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const long long BUILT = 1767225600; /* 2026-01-01, this firmware's date */
static const long long TOLERANCE = 86400;  /* a clock on local time, most often */

static _Atomic long long latest_start; /* of all certificates in memory; 0 without any */

/* A test sets the clock with BOARD_CLOCK, in seconds since 1970. */
static long long now(void)
{
    const char *told = getenv("BOARD_CLOCK");
    return told != NULL ? atoll(told) : (long long)time(NULL);
}

static long long floor_of_time(void)
{
    return latest_start != 0 ? latest_start : BUILT;
}

static long long seconds(const ASN1_TIME *time)
{
    struct tm parts = {0};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (long long)timegm(&parts) : 0;
}

static void learn(const X509 *certificate)
{
    long long start = seconds(X509_get0_notBefore(certificate));
    if (start > latest_start)
        latest_start = start;
}

void clock_learn(const struct pack *pack)
{
    if (pack == NULL)
        return;
    learn(pack->leaf);
    learn(pack->root);
    for (int i = 0; i < sk_X509_num(pack->issuing); i++)
        learn(sk_X509_value(pack->issuing, i));
}

void clock_apply(SSL_CTX *context)
{
    X509_VERIFY_PARAM *rules = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_clear_flags(rules, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_USE_CHECK_TIME); /* a time that is set outweighs the flag not to look at it */
    if (now() < floor_of_time())
        X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);
    else
        X509_VERIFY_PARAM_set_time(rules, (time_t)now());
}

static const char *judge(const X509 *certificate, char *problem)
{
    long long said = now(), least = floor_of_time();
    int believed = said >= least, expired = seconds(X509_get0_notAfter(certificate)) < (believed ? said : least);
    if (!expired && !(believed && seconds(X509_get0_notBefore(certificate)) > said + TOLERANCE))
        return NULL;
    char text[32] = "";
    time_t moment = (time_t)said;
    struct tm parts;
    if (gmtime_r(&moment, &parts) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
    snprintf(problem, PROBLEM_SIZE, "A certificate of the pack %s; the board's clock says %s. Set the clock if it is wrong.", expired ? "has expired" : "is not valid yet", text);
    return problem;
}

const char *clock_problem(const struct pack *pack, char *problem)
{
    const char *found = judge(pack->leaf, problem);
    for (int i = 0; i < sk_X509_num(pack->issuing) && found == NULL; i++)
        found = judge(sk_X509_value(pack->issuing, i), problem);
    return found != NULL ? found : judge(pack->root, problem);
}

/* soak.c - a load for a given time, and whether everything is still right: soak [SECONDS [SEED]]
 *
 * Each second the load pauses until nothing is on its way. Then the runtime's counters must balance, every ask must
 * have ended exactly once, and as many ports be alive as were born and have not died. A line says what went on, and how
 * much memory is held at that quiet moment. What hangs ends the program.
 *
 * Pools come to their size by ever rarer peaks, each a step; a leak goes on as before. So memory grows if it does so
 * in the time after warming up, and in the later half of that too, by more than noise explains, and in each part of it.
 *
 * Owns the runtime and the samples. Read next: load.h */
#define _GNU_SOURCE
#include "load.h"
#include "memory.h"

#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 120
#define BOUND 30      /* seconds after which something hangs */
#define PARTS 6       /* of the time after warming up */
#define SHARE 16      /* each part grows by at least one in so many of what the slope says */
#define LEAST 24      /* samples without which nothing is said about growth */
#define SURE 4        /* standard errors that noise does not explain */
#define TOLERABLE 4.0 /* KiB/s of growth that are none: a page each second */

/* ---- quiet ---- */

static atomic_bool failing;

/* Failed handlers and rings are part of the load; ports that hold up the end of one that fails are not. */
static void print_errors(void *context, quay_log_level level, const char *text)
{
    if (failing || level == QUAY_LOG_ERROR) fprintf(stderr, "%s\n", text);
}

static void print_figures(const quay_stats *stats, const struct load_books *books)
{
    fprintf(stderr,
            "sent %" PRIu64 ", handled %" PRIu64 ", dead %" PRIu64 ", queued %" PRIu64 "; asks %" PRIu64
            ", ended %" PRIu64 "%s; born %" PRIu64 ", died %" PRIu64 ", alive %" PRIu64 "\n",
            stats->sent, stats->handled, quay_dead_total(stats), stats->queued, books->opened, books->closed,
            books->opened_sum == books->closed_sum ? "" : " (not the same)", books->born, books->died, stats->alive);
}

static const char *what_is_not_so(const quay_stats *stats, const struct load_books *books)
{
    if (stats->sent != stats->handled + quay_dead_total(stats) + stats->queued)
        return "sent == handled + dead + queued";
    if (stats->queued) return "nothing is queued when all is quiet";
    if (books->opened != books->closed) return "as many asks have ended as were made";
    if (books->opened_sum != books->closed_sum) return "each ask has ended once";
    if (stats->alive != books->born - books->died) return "as many ports are alive as were born and have not died";
    return NULL;
}

static void fail(quay_runtime *rt, const quay_stats *stats, const struct load_books *books, const char *wrong)
{
    fprintf(stderr, "not so: %s\n", wrong);
    print_figures(stats, books);
    failing = true;
    (void)quay_runtime_stop(rt, quay_in(QUAY_SEC(1))); /* names the ports that are busy */
    exit(1);
}

/* Timers and deadlines may still pass, so it need not be right at once; but then it stays right. */
static void check_quiet(quay_runtime *rt, quay_stats *stats)
{
    quay_time limit = quay_in(QUAY_SEC(BOUND / 2));
    for (;;) {
        int busy = quay_runtime_drain(rt, limit);
        struct load_books books = load_look();
        bench_must(quay_runtime_stats(rt, stats), "quay_runtime_stats");
        const char *wrong = busy ? "all becomes quiet" : what_is_not_so(stats, &books);
        if (!wrong) return;
        if (quay_now() > limit) fail(rt, stats, &books, wrong);
        nanosleep(&(struct timespec){.tv_nsec = QUAY_MS(1)}, NULL);
    }
}

/* ---- memory ---- */

struct line {
    double slope, error; /* of y by step of x, and its standard error */
};

/* Least squares through y[0] to y[n - 1], a second apart. */
static struct line fit(const double *y, int n)
{
    double x_mean = (n - 1) / 2.0, y_mean = 0, xx = 0, xy = 0, rest = 0;
    for (int i = 0; i < n; i++) y_mean += y[i] / n;
    for (int i = 0; i < n; i++) {
        xx += (i - x_mean) * (i - x_mean);
        xy += (i - x_mean) * (y[i] - y_mean);
    }
    double slope = xy / xx;
    for (int i = 0; i < n; i++) {
        double off = y[i] - y_mean - slope * (i - x_mean);
        rest += off * off;
    }
    return (struct line){slope, sqrt(rest / (n - 2) / xx)};
}

static bool grows(struct line line)
{
    return line.slope - SURE * line.error > TOLERABLE;
}

/* Does each part of the time have its share in the slope, though noise takes some of it? */
static bool is_steady(const double *y, int n, double slope)
{
    int length = n / PARTS;
    double before = 0;
    for (int part = 0; part < PARTS; part++) {
        double mean = 0;
        for (int i = 0; i < length; i++) mean += y[part * length + i] / length;
        if (part > 0 && mean - before < slope * length / SHARE) return false;
        before = mean;
    }
    return true;
}

static int judge_memory(const double *kib, int seconds)
{
    int warm = seconds / 4, n = seconds - warm;
    if (n < LEAST) {
        printf("too short to say whether memory grows\n");
        return 0;
    }
    struct line whole = fit(kib + warm, n), later = fit(kib + warm + n / 2, n - n / 2);
    bool bad = grows(whole) && grows(later) && is_steady(kib + warm, n, whole.slope);
    printf("memory: %+.2f KiB/s (standard error %.2f), in the later half %+.2f (%.2f): %s\n", whole.slope, whole.error,
           later.slope, later.error, bad ? "it grows" : "it does not grow");
    return bad;
}

/* ---- time ---- */

static void hang(int signal_number)
{
    static const char text[] = "not so: a second's load ends within the bound\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

static void sleep_until(quay_time at)
{
    struct timespec time = {.tv_sec = at / QUAY_SEC(1), .tv_nsec = at % QUAY_SEC(1)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) continue;
}

static double one_second(quay_runtime *rt, int number, quay_time end)
{
    static uint64_t before;
    quay_stats stats;
    alarm(BOUND);
    load_go();
    sleep_until(end);
    load_pause();
    check_quiet(rt, &stats);
    bench_check(stats.handled > before, "messages are handled");
    (void)malloc_trim(0); /* what the C library keeps, between buffers of all sizes, is not ours to grow */
    double kib = bench_resident_bytes() / 1024;
    printf("%4d s %9" PRIu64 " messages/s %6" PRIu64 " ports %9.0f KiB\n", number, stats.handled - before, stats.alive,
           kib);
    fflush(stdout);
    before = stats.handled;
    return kib;
}

static int soak(int seconds, uint64_t seed)
{
    quay_runtime *rt;
    double *kib = calloc((size_t)seconds, sizeof *kib);
    bench_check(kib, "there is memory");
    bench_must(quay_runtime_start(&rt, &(quay_runtime_options){.log = print_errors}), "quay_runtime_start");
    printf("soak %d %" PRIu64 ": %u workers\n", seconds, seed, quay_runtime_workers(rt));
    load_start(rt, seed);
    quay_time start = quay_now();
    for (int i = 0; i < seconds; i++) kib[i] = one_second(rt, i + 1, start + QUAY_SEC(i + 1));
    bench_must(quay_runtime_stop(rt, quay_in(QUAY_SEC(BOUND / 2))), "quay_runtime_stop");
    struct load_books books = load_look();
    bench_check(books.born == books.died, "every port that was born has died");
    int bad = judge_memory(kib, seconds);
    free(kib);
    return bad;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : SECONDS;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (seconds < 1 || argc > 3) {
        fprintf(stderr, "usage: %s [SECONDS [SEED]]\n", argv[0]);
        return 2;
    }
    signal(SIGALRM, hang);
    return soak(seconds, seed);
}

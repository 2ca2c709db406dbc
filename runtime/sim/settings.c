/* settings.c - reading, completing and writing settings. */
#include "sim/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define WORKERS 4
#define DEPTH_LEAST 2
#define LIMIT UINT64_C(100000000)

static const struct {
    const char *name;
    unsigned fault;
} faults[] = {
    {"memory", QUAY_SIM_MEMORY}, {"kill", QUAY_SIM_KILL}, {"deadline", QUAY_SIM_DEADLINE}, {"clock", QUAY_SIM_CLOCK}};
#define FAULTS (sizeof faults / sizeof *faults)

/* ---- reading: each moves *text behind what it read, and says whether it was there ---- */

static bool read_word(const char **text, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0) return false;
    *text += length;
    return true;
}

static bool read_number(const char **text, uint64_t most, uint64_t *number)
{
    char *end;
    if (**text < '0' || **text > '9') return false;
    errno = 0;
    *number = strtoull(*text, &end, 10);
    *text = end;
    return !errno && *number <= most;
}

static bool read_unsigned(const char **text, unsigned most, unsigned *number)
{
    uint64_t value;
    if (!read_number(text, most, &value)) return false;
    *number = (unsigned)value;
    return true;
}

static bool read_strategy(const char **text, quay_sim_options *options)
{
    options->strategy = QUAY_SIM_WALK;
    if (read_word(text, "walk")) return true;
    options->strategy = QUAY_SIM_PCT;
    if (!read_word(text, "pct")) return false;
    if (!read_word(text, ":")) return true;
    return read_unsigned(text, QY_STRATEGY_DEPTH_MOST, &options->depth) && options->depth >= DEPTH_LEAST;
}

static bool read_fault(const char **text, unsigned *fault)
{
    for (size_t i = 0; i < FAULTS; i++) {
        if (!read_word(text, faults[i].name)) continue;
        *fault |= faults[i].fault;
        return true;
    }
    return false;
}

static bool read_faults(const char **text, quay_sim_options *options)
{
    do {
        if (!read_fault(text, &options->faults)) return false;
    } while (read_word(text, "+"));
    return true;
}

static bool read_keep(const char **text, quay_sim_options *options, uint64_t *keep)
{
    options->keep = keep;
    options->keep_count = 0;
    if (!**text || **text == ',') return true;
    do {
        if (options->keep_count == QY_SETTINGS_KEEP_MOST) return false;
        if (!read_number(text, UINT64_MAX, &keep[options->keep_count++])) return false;
    } while (read_word(text, "+"));
    return true;
}

static bool read_setting(const char **text, quay_sim_options *options, uint64_t *keep)
{
    if (read_word(text, "workers=")) return read_unsigned(text, QUAY_SIM_WORKERS_MAX, &options->workers);
    if (read_word(text, "strategy=")) return read_strategy(text, options);
    if (read_word(text, "faults=")) return read_faults(text, options);
    if (read_word(text, "limit=")) return read_number(text, UINT64_MAX, &options->limit);
    if (read_word(text, "keep=")) return read_keep(text, options, keep);
    options->chart = read_word(text, "chart");
    return options->chart;
}

int qy_settings_parse(const char *text, quay_sim_options *options, uint64_t *keep, const char **wrong)
{
    *wrong = text;
    bool read = read_number(&text, UINT64_MAX, &options->seed);
    while (read && read_word(&text, ",")) {
        *wrong = text;
        read = read_setting(&text, options, keep);
    }
    return read && !*text ? 0 : -EINVAL;
}

/* ---- drawing ---- */

static bool make_sense(const quay_sim_options *options)
{
    if (options->workers > QUAY_SIM_WORKERS_MAX || options->faults > QUAY_SIM_ALL_FAULTS) return false;
    if (options->strategy > QUAY_SIM_PCT || (!options->keep && options->keep_count)) return false;
    return !options->depth || (options->depth >= DEPTH_LEAST && options->depth <= QY_STRATEGY_DEPTH_MOST);
}

/* Never, or one in so many; rare and frequent are as likely as each other. */
static unsigned draw_chance(qy_rng *rng)
{
    static const unsigned chances[] = {0, 2, 4, 16, 64};
    return chances[qy_rng_below(rng, sizeof chances / sizeof *chances)];
}

/* Everything is drawn, used or not, so that giving one option does not change what the others are. */
static void draw(qy_settings *settings)
{
    quay_sim_options *options = &settings->options;
    qy_rng rng = {options->seed};
    bool pct = qy_rng_below(&rng, 2);
    unsigned depth = 2 + (unsigned)qy_rng_below(&rng, 3);
    unsigned batch = 1u << qy_rng_below(&rng, 7);
    if (options->strategy == QUAY_SIM_ANY) options->strategy = pct ? QUAY_SIM_PCT : QUAY_SIM_WALK;
    settings->kind = options->strategy == QUAY_SIM_PCT ? QY_STRATEGY_PCT : QY_STRATEGY_WALK;
    if (!options->depth) options->depth = depth;
    settings->length = UINT64_C(32) << (2 * qy_rng_below(&rng, 6));
    settings->batch = batch;
    settings->preempt = draw_chance(&rng);
    settings->short_step = draw_chance(&rng);
    settings->lane_delay = draw_chance(&rng);
    settings->spurious = draw_chance(&rng);
    settings->stray = draw_chance(&rng);
}

int qy_settings_draw(const quay_sim_options *options, qy_settings *settings)
{
    if (!make_sense(options)) return -EINVAL;
    *settings = (qy_settings){.options = *options};
    if (!options->workers) settings->options.workers = WORKERS;
    if (!options->limit) settings->options.limit = LIMIT;
    draw(settings);
    return 0;
}

/* ---- writing ---- */

typedef struct page {
    char *text;
    size_t size;
    size_t length;
} page;

static void add(page *to, const char *before, const char *word, uint64_t number)
{
    char *room = to->length < to->size ? to->text + to->length : NULL;
    size_t left = room ? to->size - to->length : 0;
    int length = word ? snprintf(room, left, "%s%s", before, word) : snprintf(room, left, "%s%" PRIu64, before, number);
    QY_CHECK(length >= 0);
    to->length += (size_t)length;
}

static void add_faults(page *to, unsigned present)
{
    const char *before = ",faults=";
    for (size_t i = 0; i < FAULTS; i++) {
        if (!(present & faults[i].fault)) continue;
        add(to, before, faults[i].name, 0);
        before = "+";
    }
}

static void add_keep(page *to, const quay_sim_options *options)
{
    if (!options->keep) return;
    add(to, ",keep=", "", 0);
    for (unsigned i = 0; i < options->keep_count; i++) add(to, i ? "+" : "", NULL, options->keep[i]);
}

int qy_settings_print(const qy_settings *settings, char *text, size_t size)
{
    const quay_sim_options *options = &settings->options;
    page to = {.text = text, .size = text ? size : 0};
    add(&to, "", NULL, options->seed);
    add(&to, ",workers=", NULL, options->workers);
    if (options->strategy == QUAY_SIM_WALK) add(&to, ",strategy=", "walk", 0);
    else add(&to, ",strategy=pct:", NULL, options->depth);
    add_faults(&to, options->faults);
    if (options->limit != LIMIT) add(&to, ",limit=", NULL, options->limit);
    add_keep(&to, options);
    return (int)to.length;
}

/* search.c - seed after seed until a story goes wrong, and then less and less of that seed.
 *
 * A run is a row of decisions: who goes on, and whether this lane is delayed, this sleep ends early, this step is cut
 * short. Most leave things as they are, the others deviate. To shrink a run, ever smaller pieces of the row of
 * deviations are left out for as long as the story still ends the same (delta debugging: Zeller, Hildebrandt 2002).
 *
 * Ownership: rows of numbers are the search's. Read next: sim.c. */
#include <quay/sim.h>
#include <string.h>

#include "core/runtime.h"
#include "sim/simulation.h"
#include "sim/start.h"

#define CHECKED_ONE_IN 100 /* seeds are run twice */
#define ATTEMPTS_MOST 2000 /* to shrink */

/* What is left of a run when it is over. */
typedef struct outcome {
    int error;  /* to start it */
    int result; /* of the story */
    uint64_t hash;
    uint64_t *row; /* deviations */
    unsigned count;
    char replay[sizeof((quay_sim_finding *)0)->replay];
} outcome;

typedef struct search {
    quay_sim_options options;
    quay_sim_story *story;
    void *context;
    unsigned attempts;
    qy_rerun *rerun; /* of the seed at hand, if it is run twice */
} search;

static void be_silent(void *context, quay_log_level level, const char *text)
{
    (void)context;
    (void)level;
    (void)text;
}

/* ---- one run ---- */

static void take_row(outcome *o)
{
    qy_simulation *sim = qy_simulation_here;
    o->row = sim->deviations;
    o->count = sim->deviations_count;
    sim->deviations = NULL;
    sim->deviations_count = sim->deviations_room = 0;
}

static void drop_row(outcome *o)
{
    qy_os_release(NULL, o->row, 0);
    o->row = NULL;
}

static outcome run(const search *s, const quay_sim_options *given)
{
    quay_runtime *rt;
    quay_sim_options options = *given;
    if (!options.log && !options.chart) options.log = be_silent; /* a run among thousands */
    outcome o = {.error = quay_sim_start(&rt, &options)};
    if (o.error) return o;
    qy_simulation_here->rerun = s->rerun;
    o.result = s->story(rt, s->context);
    o.hash = quay_sim_hash(rt);
    (void)quay_sim_replay(rt, o.replay, sizeof o.replay);
    take_row(&o);
    o.error = quay_runtime_stop(rt, QUAY_FOREVER);
    return o;
}

/* ---- shrinking ---- */

/* Does it still go wrong without row[from .. from + count)? The rest is in `kept`. */
static bool still_wrong(search *s, const uint64_t *row, unsigned all, unsigned from, unsigned count, uint64_t *kept,
                        int result)
{
    quay_sim_options options = s->options;
    memcpy(kept, row, from * sizeof *kept);
    memcpy(kept + from, row + from + count, (all - from - count) * sizeof *kept);
    options.keep = kept;
    options.keep_count = all - count;
    outcome o = run(s, &options);
    drop_row(&o);
    s->attempts++;
    return !o.error && o.result == result;
}

/* Leave out pieces of one length, wherever that does no harm. Returns how many are left. */
static unsigned leave_out(search *s, uint64_t *row, unsigned count, unsigned piece, uint64_t *room, int result)
{
    for (unsigned from = 0; from < count && s->attempts < ATTEMPTS_MOST;) {
        unsigned length = count - from < piece ? count - from : piece;
        if (still_wrong(s, row, count, from, length, room, result)) {
            count -= length;
            memcpy(row, room, count * sizeof *row);
        } else {
            from += length;
        }
    }
    return count;
}

/* A row that no longer shrinks when any one of it is left out. Without memory it stays as long as it is. */
static unsigned shrink(search *s, uint64_t *row, unsigned count, int result)
{
    uint64_t *room = qy_os_allocate(NULL, (count + 1) * sizeof *room, QY_CACHE_LINE);
    for (unsigned piece = count; room && piece > 0;) {
        unsigned before = count;
        count = leave_out(s, row, count, piece, room, result);
        if (s->attempts >= ATTEMPTS_MOST) break;
        if (piece > 1) piece = (piece + 1) / 2;
        else if (count == before) break;
    }
    qy_os_release(NULL, room, 0);
    return count;
}

/* ---- what was found ---- */

/* Once more, for the reader; a row that QUAY_SIM does not hold is replayed whole. What does not go wrong again depends
 * on more than the seed: -EPROTO. */
static int tell(const search *s, outcome *found, quay_sim_finding *finding)
{
    quay_sim_options options = s->options;
    options.chart = true;
    if (finding->choices <= QY_SETTINGS_KEEP_MOST) {
        options.keep = found->row ? found->row : &options.seed;
        options.keep_count = finding->choices;
    }
    outcome told = run(s, &options);
    memcpy(finding->replay, told.replay, sizeof finding->replay);
    if (strlen(told.replay) + 1 == sizeof told.replay) memcpy(finding->replay, found->replay, sizeof finding->replay);
    drop_row(&told);
    if (told.error) return told.error;
    return told.result == found->result ? 0 : -EPROTO;
}

/* 1, or an error. */
static int report(search *s, outcome *found, quay_sim_finding *finding)
{
    quay_sim_finding own;
    if (!finding) finding = &own;
    *finding = (quay_sim_finding){.seed = s->options.seed, .result = found->result, .drawn = found->count};
    finding->choices = shrink(s, found->row, found->count, found->result);
    int error = tell(s, found, finding);
    return error ? error : 1;
}

/* What differed only in what was sent has made no difference yet; it need not be wrong. */
static void tell_difference(const search *s, bool same)
{
    unsigned long long seed = s->options.seed;
    const char *what = s->rerun->first[0] ? s->rerun->first : "what the story returned, or what was not sent again";
    if (!same) {
        qy_sim_say_to(&s->options, QUAY_LOG_ERROR,
                      "seed %llu was run twice, and not the same happened: something outside the simulation decides, "
                      "such as a real clock. What differed first: %s",
                      seed, what);
    } else if (s->rerun->first[0]) {
        qy_sim_say_to(&s->options, QUAY_LOG_WARNING,
                      "seed %llu was run twice, and a message carried something else the second time, such as the time "
                      "of a real clock, or bytes that were never set; what depends on it is not determined by the "
                      "seed. The first: %s",
                      seed, what);
    }
}

/* A seed that is run again must do the same again. */
static int check_twice(const search *s, const outcome *first)
{
    s->rerun->second = true;
    outcome second = run(s, &s->options);
    drop_row(&second);
    if (second.error) return second.error;
    bool same = second.hash == first->hash && second.result == first->result;
    tell_difference(s, same);
    return same ? 0 : -EPROTO;
}

/* 1 when something was found, 0, or an error. */
static int try_seed(search *s, uint64_t number, quay_sim_finding *finding)
{
    qy_rerun rerun = {0};
    s->rerun = number % CHECKED_ONE_IN == 0 ? &rerun : NULL;
    outcome o = run(s, &s->options);
    int result = o.error;
    if (!result && s->rerun) result = check_twice(s, &o);
    s->rerun = NULL;
    qy_rerun_free(&rerun);
    if (!result && o.result) result = report(s, &o, finding);
    drop_row(&o);
    return result;
}

/* The one run that QUAY_SIM asks for. */
static int repeat(const search *s, quay_sim_finding *finding)
{
    outcome o = run(s, &s->options);
    drop_row(&o);
    if (o.error || !o.result) return o.error;
    if (!finding) return 1;
    *finding = (quay_sim_finding){.seed = s->options.seed, .result = o.result, .choices = o.count, .drawn = o.count};
    memcpy(finding->replay, o.replay, sizeof finding->replay);
    return 1;
}

/* What a value does not name it leaves to the seed, not to the search: but who hears of it, and where it lives. */
static int from_environment(quay_sim_options *options, uint64_t *keep)
{
    quay_sim_options asked = {.workers = options->workers,
                              .chart = true,
                              .log = options->log,
                              .log_context = options->log_context,
                              .allocator = options->allocator,
                              .stack_size = options->stack_size};
    int set = qy_sim_from_environment(&asked, keep);
    if (set > 0) *options = asked;
    return set;
}

int quay_sim_search(const quay_sim_options *options, uint64_t seeds, quay_sim_story *story, void *context,
                    quay_sim_finding *finding)
{
    if (!story || qy_simulation_here) return -EINVAL;
    search s = {.story = story, .context = context};
    if (options) s.options = *options;
    s.options.keep = NULL;
    s.options.keep_count = 0;
    s.options.chart = false;
    uint64_t keep[QY_SETTINGS_KEEP_MOST];
    int result = from_environment(&s.options, keep);
    if (result) return result < 0 ? result : repeat(&s, finding);
    for (uint64_t i = 0; i < seeds && !result; i++, s.options.seed++) result = try_seed(&s, i, finding);
    return result;
}

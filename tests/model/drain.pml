/*
 * drain.pml - how quay_runtime_drain knows that nothing is on its way, and sleeps until then (runtime/core/station.h S1,
 * runtime/core/quiet.c). A guest sends and then drains; another one sends meanwhile; worker 0 passes every message on to
 * worker 1, who is done with it. The workers' counts of what is done stay in their store buffers for a while.
 *
 *   sender   begun++; push
 *   worker   take; what the message causes: begun++, push; done++; nothing left: announce, fence, look again,
 *            if observed: quiet++, wake; sleep
 *   drain    observed++; event = quiet; read all `done`, then all `begun`; unequal: futex wait (quiet, event)
 *
 * Broken on purpose, each must fail:
 *   COUNT_LATE   a message is counted as begun after it was pushed
 *   DONE_EARLY   a message is counted as done before what it causes is counted as begun
 *   BEGUN_FIRST  drain adds up what was begun before what was done
 *   EVENT_LATE   drain takes the event count after its look
 *   NO_FENCE     a worker looks at `observed` while its counts are still in its store buffer
 *   NO_RAISE     a worker that goes to sleep does not tell
 * Checked: when drain returns, all that its guest had sent has been handled, to the last consequence; drain and workers
 * do not sleep for ever while there is something to do.
 */
#define SENT 1          /* by the guest that drains */
#define SENT_TOO 1      /* by the other one */

byte lane[2];           /* messages on their way to each worker */
byte begun[4];          /* of the workers, then of the guests */
byte done[2];           /* as memory has it */
byte owed[2];           /* in the store buffer */
byte quiet;
bit observed;
bit drain_parked;
byte mine[2];           /* of those, the draining guest's: for the check only */
bit handling[2];        /* one of these is being handled */

active [2] proctype stores() {
    byte me = _pid;
end: do :: atomic { owed[me] > 0 -> owed[me]--; done[me]++ } od
}

/* A push. The draining guest's messages are marked; lanes keep no order here, which only lets more happen. */
inline push(from, to, marked) {
#ifdef COUNT_LATE
    atomic { lane[to]++; mine[to] = mine[to] + marked };
    begun[from]++
#else
    begun[from]++;
    atomic { lane[to]++; mine[to] = mine[to] + marked }
#endif
}

active [2] proctype worker() {
    byte me = _pid - 2;
    bit marked;
end: do
    :: lane[me] > 0 ->
        marked = 0;
        atomic {
            lane[me]--;
            if
            :: mine[me] > 0 -> marked = 1; mine[me]--
            :: mine[me] <= lane[me] -> skip
            fi;
            handling[me] = marked
        };
#ifdef DONE_EARLY
        owed[me]++;
#endif
        if
        :: me == 0 -> push(0, 1, marked)
        :: else -> skip
        fi;
        handling[me] = 0;
#ifndef DONE_EARLY
        owed[me]++;
#endif
        if
        :: lane[me] > 0 -> skip
        :: else ->
#ifndef NO_FENCE
            owed[me] == 0;              /* the fence of the announcement */
#endif
#ifndef NO_RAISE
            if
            :: observed -> quiet++; drain_parked = 0
            :: else -> skip
            fi
#else
            skip
#endif
        fi
    od
}

inline add_done() {
    sum_done = done[0];
    sum_done = sum_done + done[1]
}

inline add_begun() {
    sum_begun = begun[0];
    sum_begun = sum_begun + begun[1];
    sum_begun = sum_begun + begun[2];
    sum_begun = sum_begun + begun[3]
}

active proctype drains() {
    byte k, event, sum_done, sum_begun;
    do
    :: k < SENT -> push(2, 0, 1); k++
    :: else -> break
    od;
    observed = 1;                       /* an increment, so a fence */
    do
    :: event = quiet;
#ifdef BEGUN_FIRST
        add_begun();
        add_done();
#else
        add_done();
        add_begun();
#endif
        if
        :: sum_done == sum_begun -> break
        :: else ->
#ifdef EVENT_LATE
            event = quiet;
#endif
            atomic { if :: quiet == event -> drain_parked = 1 :: else -> skip fi };
            drain_parked == 0
        fi
    od;
    assert(mine[0] == 0 && mine[1] == 0 && !handling[0] && !handling[1])
}

active proctype sends_too() {
    byte k;
    do
    :: k < SENT_TOO -> push(3, 0, 0); k++
    :: else -> break
    od
}

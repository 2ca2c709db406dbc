/*
 * parking.pml - a worker that sleeps, and producers that wake it (runtime/core/parking.h), on a machine with store
 * buffers, as x86 has.
 *
 *   worker    loop { take what is there; if nothing: asleep = 1; fence; look again; futex wait (asleep, 1) }
 *   producer  push; fence; if asleep: if exchange(asleep, 0) was 1: wake
 *
 * Broken on purpose, each must fail:
 *   NO_LOOK     the worker does not look again after it has announced its sleep
 *   NO_FENCE_W  no fence between the worker's announcement and its look
 *   NO_FENCE_P  no fence between a push and the producer's look at `asleep`
 *   NO_COMPARE  a sleep that does not compare the word
 * Checked: nobody sleeps for ever (no invalid end state), and all that was pushed is taken.
 */
#define PRODUCERS 2
#define PUSHES 2

byte pushed[PRODUCERS];         /* as memory has it */
byte buffered[PRODUCERS];       /* in each producer's store buffer */
byte taken[PRODUCERS];
byte total;
bit asleep;                     /* as memory has it */
bit parked;
chan worker_buffer = [2] of { bit };

active proctype worker_stores() {
    bit value;
end: do :: atomic { worker_buffer?value -> asleep = value } od
}

active [PRODUCERS] proctype producer_stores() {
    byte me = _pid - 1;
end: do :: atomic { buffered[me] > 0 -> buffered[me]--; pushed[me]++ } od
}

inline take(found) {
    found = 0;
    i = 0;
    do
    :: i < PRODUCERS ->
        if :: pushed[i] > taken[i] -> taken[i]++; total++; found = 1 :: else -> skip fi;
        i++
    :: else -> break
    od;
    i = 0
}

inline look(found) {
    found = 0;
    i = 0;
    do
    :: i < PRODUCERS -> if :: pushed[i] > taken[i] -> found = 1 :: else -> skip fi; i++
    :: else -> break
    od;
    i = 0
}

active proctype worker() {
    byte i;
    bit found;
    do
    :: total == PRODUCERS * PUSHES -> break
    :: else ->
        take(found);
        if
        :: found || total == PRODUCERS * PUSHES -> skip
        :: else ->
            worker_buffer!1;
#ifndef NO_FENCE_W
            empty(worker_buffer);
#endif
#ifdef NO_LOOK
            found = 0;
#else
            look(found);
#endif
            if
            :: found -> empty(worker_buffer); asleep = 0
            :: else ->
                empty(worker_buffer);   /* the system call is a fence */
                atomic {
#ifdef NO_COMPARE
                    parked = 1
#else
                    if :: asleep == 1 -> parked = 1 :: else -> skip fi
#endif
                };
                parked == 0;
                asleep = 0
            fi
        fi
    od;
    assert(total == PRODUCERS * PUSHES)
}

active [PRODUCERS] proctype producer() {
    byte me = _pid - (PRODUCERS + 2);
    byte k;
    bit sleeping;
    do
    :: k < PUSHES ->
        buffered[me]++;
#ifndef NO_FENCE_P
        buffered[me] == 0;
#endif
        sleeping = asleep;
        if
        :: sleeping ->
            buffered[me] == 0;          /* an exchange is a fence */
            atomic { sleeping = asleep; asleep = 0 };
            if :: sleeping -> parked = 0 :: else -> skip fi
        :: else -> skip
        fi;
        k++
    :: else -> break
    od
}

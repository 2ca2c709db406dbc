/*
 * gate.pml - places of a bounded mailbox (runtime/core/gate.h), on a machine with store buffers, as x86 has. The home is
 * near the limit: it fences.
 *
 *   others    look; taken + 1 by compare-and-swap, which fences; look at base: too many, taken - 1
 *   home      look; base - 1; fence; look at taken: too many, base + 1
 *             a message is handled: base + 1
 *
 * Broken on purpose, each must fail:
 *   NO_LOOK_O   others do not look again
 *   NO_LOOK_H   the home does not look again
 *   NO_FENCE_H  no fence between the home's store and its look
 * Checked: never more places in use than there are, and none is lost.
 */
#define LIMIT 2
#define OTHERS 2
#define ROUNDS 3
#define BASE 8                  /* to begin with: a byte is not negative */

byte taken;
byte base = BASE;               /* as memory has it */
byte own = BASE;                /* as the home has it */
chan buffer = [6] of { byte };
byte in_use;
byte done;

#define OCCUPANCY(b) (taken + BASE - (b))

active proctype home_stores() {
    byte value;
end: do :: atomic { buffer?value -> base = value } od
}

active [OTHERS] proctype other() {
    byte seen, b, round;
    do
    :: round < ROUNDS ->
        round++;
again:  seen = taken;
        b = base;
        if
        :: seen + BASE - b >= LIMIT -> skip
        :: else ->
            if
            :: atomic { taken == seen -> taken++ }
            :: atomic { taken != seen -> goto again }
            fi;
            if
#ifndef NO_LOOK_O
            :: OCCUPANCY(base) > LIMIT -> taken--
            :: OCCUPANCY(base) <= LIMIT -> in_use++
#else
            :: in_use++
#endif
            fi
        fi
    :: else -> break
    od;
    done++
}

active proctype home() {
    byte round;
    do
    :: round < ROUNDS ->
        round++;
        if
        :: in_use > 0 -> atomic { in_use--; own++; buffer!own } /* somebody's message is handled */
        :: OCCUPANCY(own) < LIMIT ->
            own--;
            buffer!own;
#ifndef NO_FENCE_H
            empty(buffer);
#endif
            if
#ifndef NO_LOOK_H
            :: OCCUPANCY(own) > LIMIT -> own++; buffer!own
            :: OCCUPANCY(own) <= LIMIT -> in_use++
#else
            :: in_use++
#endif
            fi
        :: OCCUPANCY(own) >= LIMIT -> skip
        fi
    :: else -> break
    od;
    done++
}

active proctype watch() {
    do
    :: atomic { in_use > LIMIT -> assert(false) }
    :: atomic { done == OTHERS + 1 && empty(buffer) -> assert(OCCUPANCY(base) == in_use); break }
    od
}

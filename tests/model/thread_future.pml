/*
 * thread_future.pml - the word of a thread's future (runtime/core/thread_future.c): a holder that waits and drops, two
 * that would settle it (a reply and a cancel), and the slot's next use.
 *
 * Broken on purpose, each must fail:
 *   NO_REFERENCES  a claim does not ask for references: it can hit a slot that is being freed
 *   NO_GENERATION  a claim does not compare the generation: it can hit the slot's next use
 *   LOAD_STORE     a claim loads and stores instead of comparing and swapping
 *   NO_WAKE        who publishes does not look at WAITING
 * Checked: one result for each use, written by one; nobody touches a use that is over; the slot is freed once for each
 * use; the waiter does not wait for ever.
 */
byte generation = 1;
byte references = 1;
bit claimed;
bit done;
bit waiting;
bit parked;
byte written;   /* results of the first use */
byte freed;     /* times the slot was freed */

inline drop_reference() {
    atomic { assert(references > 0); references--; last = (references == 0) };
    if
    :: last ->
        freed++;                /* not one step: the word is read, then stored */
        assert(freed <= 2);
        atomic { generation++; claimed = 1; done = 0; waiting = 0 };
        atomic { claimed = 0; references = 1 }  /* the slot's next use, by somebody else */
    :: else -> skip
    fi
}

inline settle(mine) {
    atomic {
        seen = 1;
#ifndef NO_GENERATION
        if :: generation != mine -> seen = 0 :: else -> skip fi;
#endif
#ifndef NO_REFERENCES
        if :: references == 0 -> seen = 0 :: else -> skip fi;
#endif
        if :: claimed -> seen = 0 :: else -> skip fi;
#ifdef LOAD_STORE
    };
    atomic {
#endif
        if :: seen -> claimed = 1; references++ :: else -> skip fi
    };
    if
    :: seen ->
        assert(generation == mine);     /* it is the use that was meant */
        written++;
        assert(written == 1);
        atomic { done = 1; wake = waiting };
#ifndef NO_WAKE
        if :: wake -> parked = 0 :: else -> skip fi;
#endif
        drop_reference()
    :: else -> skip
    fi
}

active proctype holder() {
    bit last;
    if
    :: skip                             /* drops at once */
    :: atomic { references++ };         /* waits */
       do
       :: done -> break
       :: else ->
           atomic { if :: !done -> waiting = 1; parked = 1 :: else -> skip fi };
           parked == 0
       od;
       drop_reference()
    fi;
    drop_reference()
}

active [2] proctype settler() {
    bit seen, wake, last;
    settle(1)
}

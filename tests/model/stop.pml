/*
 * stop.pml - the end of a runtime (runtime/core/stop.c): orders in a word that is no message, a worker that may be asleep,
 * a port that ends when it is idle or only when it is killed, and a thread outside that meanwhile sends a message, which
 * may be another port's birth (guest.h G1).
 * Store buffers, as on x86, for the worker's `asleep`, the visitor's `inside` and the stopper's `listed`.
 *
 *   stop     order DRAIN; no port left, or past the deadline: order KILL; unlist, fence, wait until nobody is inside;
 *            wait until what they sent is dealt with; order EXIT; join; free
 *   order    orders |= it; fence; if asleep: wake
 *   worker   take; mine = exchange(orders, 0): obey; nothing: asleep = 1; fence; look at lane and orders; sleep
 *   visitor  inside = 1; fence; if listed: send; inside = 0
 *
 * Broken on purpose, each must fail:
 *   STORE_ORDER    an order is stored, not added to those that are there
 *   CLEAR_LATE     orders are cleared when they have been obeyed, not when they are read
 *   NO_WAKE        an order wakes nobody
 *   NO_LOOK        the look before sleeping does not look at orders
 *   NO_FENCE_W     no fence between the worker's announcement and its look
 *   NO_FENCE_IN    no fence between the visitor's `inside` and its look whether the runtime is listed
 *   NO_FENCE_OUT   no fence between the stopper's unlisting and its look who is inside
 *   NO_WAIT        nobody waits until the visitor is outside
 *   NO_DEALT_WITH  EXIT does not wait for what the visitor has sent
 * Checked: stop returns; the port has ended, once; nothing is left on the lane; nobody touches what was freed.
 */
#define DRAIN 1
#define KILL 2
#define EXIT 4

byte orders;
byte lane;                      /* messages on their way to the worker */
bit asleep;                     /* these three as memory has them, and their buffers */
bit inside;
bit listed = 1;
chan asleep_buffer = [2] of { bit };
chan inside_buffer = [2] of { bit };
chan listed_buffer = [2] of { bit };
bit parked;
bit port = 1;
bit idle;                       /* the port ends when it may; else when it must */
byte born;                      /* ports made meanwhile; these are idle */
byte begun, done;
byte ended;
bit exited;
bit freed;

active proctype stores() {
    bit value;
end: do
    :: atomic { asleep_buffer?value -> asleep = value }
    :: atomic { inside_buffer?value -> inside = value }
    :: atomic { listed_buffer?value -> listed = value }
    od
}

inline wake() {
    atomic { was = asleep; if :: was -> asleep = 0; parked = 0 :: else -> skip fi }
}

/* ---- the worker ---- */

inline take_all() {
    do
    :: lane > 0 ->
        atomic { if :: !draining -> born++ :: skip fi };    /* a draining worker's new port ends at once */
        atomic { lane--; done++ }
    :: else -> break
    od
}

inline end_port() {
    if :: port -> port = 0; ended++ :: else -> skip fi
}

inline obey() {
#ifdef CLEAR_LATE
    mine = orders;
#else
    atomic { mine = orders; orders = 0 };
#endif
    if
    :: mine & DRAIN -> take_all(); draining = 1
    :: else -> skip
    fi;
    if :: draining -> born = 0 :: else -> skip fi;
    if :: draining && idle -> end_port() :: else -> skip fi;
    if :: mine & KILL -> born = 0; end_port() :: else -> skip fi;
    if :: mine & EXIT -> exiting = 1 :: else -> skip fi;
#ifdef CLEAR_LATE
    orders = 0
#endif
}

#ifdef NO_LOOK
#define HAS_WORK (lane > 0)
#else
#define HAS_WORK (lane > 0 || orders)
#endif

active proctype worker() {
    byte mine;
    bit draining, exiting, was;
    do
    :: exiting -> break
    :: !exiting && (lane > 0 || orders) ->
        take_all();
        if :: orders -> obey() :: else -> skip fi
    :: !exiting && lane == 0 && orders == 0 ->
        asleep_buffer!1;
#ifndef NO_FENCE_W
        empty(asleep_buffer);
#endif
        if
        :: HAS_WORK -> empty(asleep_buffer); asleep = 0
        :: else ->
            empty(asleep_buffer);       /* the system call is a fence */
            atomic { if :: asleep -> parked = 1 :: else -> skip fi };
            parked == 0;
            asleep = 0
        fi
    od;
    assert(!port && !born && lane == 0);
    exited = 1
}

/* ---- who stops ---- */

inline order(what) {
#ifdef STORE_ORDER
    orders = what;
#else
    orders = orders | what;
#endif
#ifndef NO_WAKE
    if :: asleep -> wake() :: else -> skip fi
#endif
}

#define QUIET (done == begun && !port && !born)

active proctype stopper() {
    bit was;
    if :: idle = 1 :: idle = 0 fi;
    order(DRAIN);
    if
    :: QUIET
    :: order(KILL)                      /* the deadline has passed */
    fi;
    listed_buffer!0;
#ifndef NO_FENCE_OUT
    empty(listed_buffer);
#endif
#ifndef NO_WAIT
    inside == 0;
#endif
#ifdef NO_DEALT_WITH
    !port && !born;
#else
    QUIET;
#endif
    order(EXIT);
    exited;
    freed = 1;
    assert(ended == 1 && lane == 0)
}

/* ---- who sends from outside ---- */

active proctype visitor() {
    bit was;
    inside_buffer!1;
#ifndef NO_FENCE_IN
    empty(inside_buffer);
#endif
    if
    :: listed ->
        assert(!freed);
        begun++;
        lane++;                         /* and a fence */
        empty(inside_buffer);
        assert(!freed);
        if :: asleep -> wake() :: else -> skip fi;
        assert(!freed)
    :: else -> skip
    fi;
    inside_buffer!0
}

%% crowds - Savina's chameneos, big and fork-join (throughput). Read next: stores.erl
-module(crowds).
-export([measures/0]).

-define(CREATURES, 100).
-define(PINGERS, 120).
-define(EATERS, 60).

measures() ->
    [{"savina.chameneos/1", "ms", less, 200000, fun chameneos/1},
     {"savina.chameneos/2", "ms", less, 200000, fun chameneos/1},
     {"savina.big/1", "ms", less, 10000, fun big/1},
     {"savina.big/2", "ms", less, 10000, fun big/1},
     {"savina.fjthroughput/1", "ms", less, 10000, fun feeding/1},
     {"savina.fjthroughput/2", "ms", less, 10000, fun feeding/1}].

%% ---- chameneos ----

chameneos(Meetings) ->
    Self = self(),
    Figure = bench_erlang:ns_each(
               fun() ->
                       Mall = spawn_link(fun() -> Self ! {done, mall(Meetings, nobody, 0, 0)} end),
                       [spawn_link(fun() -> creature(Mall, I rem 3, 0) end) || I <- lists:seq(1, ?CREATURES)],
                       Met = bench_erlang:collect(1),
                       bench_erlang:check(Met =:= 2 * Meetings, "both who met counted every meeting")
               end, Meetings),
    bench_erlang:savina_ms(Figure, 200000).

mall(_, _, ?CREATURES, Met) -> Met;
mall(Meetings, Waits, Gone, Met) ->
    receive
        {meet, _, Who} when Meetings =:= 0 -> Who ! closed, mall(0, Waits, Gone, Met);
        {meet, _, Who} when Waits =:= nobody -> mall(Meetings, Who, Gone, Met);
        {meet, Colour, Who} -> Waits ! {partner, Colour, Who}, mall(Meetings - 1, nobody, Gone, Met);
        {met, Count} -> mall(Meetings, Waits, Gone + 1, Met + Count)
    end.

creature(Mall, Colour, Met) ->
    Mall ! {meet, Colour, self()},
    receive
        {partner, Other, Who} ->
            Both = complement(Colour, Other),
            Who ! {change, Both},
            creature(Mall, Both, Met + 1);
        {change, Both} -> creature(Mall, Both, Met + 1);
        closed -> Mall ! {met, Met}
    end.

complement(A, A) -> A;
complement(A, B) -> 3 - A - B.

%% ---- big ----

big(Pings) ->
    Self = self(),
    Pids = [spawn_link(fun() -> begin_pinger(Self, I, Pings) end) || I <- lists:seq(1, ?PINGERS)],
    All = list_to_tuple(Pids),
    [Pid ! {all, All} || Pid <- Pids],
    Figure = bench_erlang:ns_each(
               fun() ->
                       [Pid ! pong || Pid <- Pids],
                       bench_erlang:collect(?PINGERS)
               end, Pings),
    [Pid ! stop || Pid <- Pids],
    bench_erlang:savina_ms(Figure, 20000).

begin_pinger(Sink, Index, Pings) -> receive {all, All} -> pinger(Sink, All, Index, Pings) end.

pinger(Sink, All, Seed, Left) ->
    receive
        {ping, From} -> From ! pong, pinger(Sink, All, Seed, Left);
        pong when Left =:= 0 -> Sink ! {done, 1}, pinger(Sink, All, Seed, -1);
        pong ->
            {Random, Next} = bench_erlang:draw(Seed),
            element(1 + Random rem ?PINGERS, All) ! {ping, self()},
            pinger(Sink, All, Next, Left - 1);
        stop -> ok
    end.

%% ---- fork-join (throughput) ----

feeding(Meals) ->
    Self = self(),
    Figure = bench_erlang:ns_each(
               fun() ->
                       Team = [spawn_link(fun() -> eat(Self, Meals, 0.0) end) || _ <- lists:seq(1, ?EATERS)],
                       feed(Team, Meals),
                       bench_erlang:collect(?EATERS)
               end, Meals),
    bench_erlang:savina_ms(Figure, 10000).

feed(_, 0) -> ok;
feed(Team, Left) ->
    [Eater ! 37.2 || Eater <- Team],
    feed(Team, Left - 1).

eat(Sink, 0, Total) ->
    bench_erlang:check(Total > 0, "the meals were eaten"),
    Sink ! {done, 1};
eat(Sink, Left, Total) ->
    receive
        Angle ->
            Sine = math:sin(Angle),
            eat(Sink, Left - 1, Total + Sine * Sine)
    end.

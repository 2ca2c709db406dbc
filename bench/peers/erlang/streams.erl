%% streams - producers send to one counter, which checks. Read next: asks.erl
-module(streams).
-export([measures/0]).

measures() ->
    [{"stream/1", "M/s", more, 3000000, fun(N) -> 1.0e3 / stream(1, N) end},
     {"stream/2", "M/s", more, 3000000, fun(N) -> 1.0e3 / stream(1, N) end},
     {"fan-in/1", "M/s", more, 3000000, fun(N) -> 1.0e3 / stream(100, N) end},
     {"fan-in/2", "M/s", more, 3000000, fun(N) -> 1.0e3 / stream(100, N) end},
     {"savina.counting/1", "ms", less, 1000000, fun counting/1},
     {"savina.counting/2", "ms", less, 1000000, fun counting/1}].

counting(N) -> bench_erlang:savina_ms(stream(1, N), 1000000).

%% Nanoseconds an item.
stream(Producers, Count) ->
    Self = self(),
    Share = Count div Producers,
    bench_erlang:ns_each(
      fun() ->
              %% Messages that a busy process has no time for yet lie outside its heap, where they are not copied again.
              Counter = spawn_opt(fun() -> Self ! {done, count(Producers, Share)} end,
                                  [link, {message_queue_data, off_heap}]),
              [spawn_link(fun() -> produce(Counter, P, 0, Share) end) || P <- lists:seq(1, Producers)],
              bench_erlang:check(bench_erlang:collect(1) =:= Share * Producers, "every item arrived")
      end, Share * Producers).

produce(Counter, Producer, Share, Share) -> Counter ! {ended, Producer};
produce(Counter, Producer, Number, Share) ->
    Counter ! {item, Producer, Number},
    produce(Counter, Producer, Number + 1, Share).

%% One producer needs no map of what is next.
count(1, Share) -> count_one(0, Share);
count(Producers, Share) -> count_all(maps:from_keys(lists:seq(1, Producers), 0), Producers, Share, 0).

count_one(Next, Share) ->
    receive
        {item, 1, Next} -> count_one(Next + 1, Share);
        {item, 1, _} -> exit(out_of_order);
        {ended, 1} -> Next
    end.

count_all(_, 0, _, Seen) -> Seen;
count_all(Next, Producing, Share, Seen) ->
    receive
        {item, Producer, Number} ->
            #{Producer := Number} = Next, % in order
            count_all(Next#{Producer := Number + 1}, Producing, Share, Seen + 1);
        {ended, Producer} ->
            #{Producer := Share} = Next,
            count_all(Next, Producing - 1, Share, Seen)
    end.

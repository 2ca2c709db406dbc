%% stores - Savina's concurrent dictionary and bounded buffer. Read next: dictionary.erl
-module(stores).
-export([measures/0]).

-define(CLIENTS, 20).
-define(WRITES, 10). % percent
-define(KEYS, (16#7fffffff div 4096)).
-define(SIDES, 40).
-define(ROOM, 50).
-define(WORK, 2500). % steps for each item, on either side

measures() ->
    [{"savina.dictionary/1", "ms", less, 10000, fun dictionary/1},
     {"savina.dictionary/2", "ms", less, 10000, fun dictionary/1},
     {"savina.buffer/1", "ms", less, 100, fun buffer/1},
     {"savina.buffer/2", "ms", less, 100, fun buffer/1}].

%% ---- dictionary ----

dictionary(Asks) ->
    Self = self(),
    {ok, Server} = dictionary:start_link(?KEYS),
    Figure = bench_erlang:ns_each(
               fun() ->
                       [spawn_link(fun() -> client(Server, I, Asks), Self ! {done, 1} end)
                        || I <- lists:seq(1, ?CLIENTS)],
                       bench_erlang:collect(?CLIENTS)
               end, Asks),
    gen_server:stop(Server),
    bench_erlang:savina_ms(Figure, 10000).

client(_, _, 0) -> ok;
client(Server, Seed, Left) ->
    {Percent, Next} = bench_erlang:draw(Seed),
    {Random, Last} = bench_erlang:draw(Next),
    Key = Random rem ?KEYS,
    if
        Percent rem 100 < ?WRITES ->
            Written = gen_server:call(Server, {write, Key, bnot Key}, infinity),
            bench_erlang:check(Written =:= bnot Key, "every answer is right");
        true ->
            Value = gen_server:call(Server, {read, Key}, infinity),
            bench_erlang:check(Value =:= Key orelse Value =:= bnot Key, "every answer is right")
    end,
    client(Server, Last, Left - 1).

%% ---- bounded buffer: a manager between 40 producers and 40 consumers, with room for 50 items ----

buffer(Items) ->
    Self = self(),
    Figure = bench_erlang:ns_each(
               fun() ->
                       spawn_link(fun() -> begin_manager(Self, Items) end),
                       Sum = bench_erlang:collect(1),
                       Right = ?SIDES * Items * (Items + 1) div 2,
                       bench_erlang:check(Sum =:= Right, "every item was taken")
               end, Items),
    bench_erlang:savina_ms(Figure, 1000).

begin_manager(Sink, Items) ->
    Self = self(),
    [spawn(fun() -> consumer(Self) end) || _ <- lists:seq(1, ?SIDES)],
    [spawn_link(fun() -> producer(Self, 1, Items) end) ! produce || _ <- lists:seq(1, ?SIDES)],
    Sink ! {done, manager(queue:new(), 0, [], [], ?SIDES * Items, 0)}.

%% Held are items, producers that may not go on yet, consumers that wait; Left are the items still to be handed out.
manager(_, _, _, Consumers, 0, Sum) ->
    [Consumer ! stop || Consumer <- Consumers],
    Sum;
manager(Held, Size, Producers, [Consumer | Consumers], Left, Sum) when Size > 0 ->
    {{value, Item}, Rest} = queue:out(Held),
    Consumer ! {item, Item},
    manager(Rest, Size - 1, Producers, Consumers, Left - 1, Sum + Item);
manager(Held, Size, [Producer | Producers], Consumers, Left, Sum) when Size < ?ROOM - ?SIDES ->
    Producer ! produce,
    manager(Held, Size, Producers, Consumers, Left, Sum);
manager(Held, Size, Producers, Consumers, Left, Sum) ->
    receive
        {item, Item, From} -> manager(queue:in(Item, Held), Size + 1, [From | Producers], Consumers, Left, Sum);
        {ready, From} -> manager(Held, Size, Producers, [From | Consumers], Left, Sum)
    end.

producer(Manager, Number, Items) ->
    receive
        produce when Number =< Items ->
            work(?WORK, Number),
            Manager ! {item, Number, self()},
            producer(Manager, Number + 1, Items);
        produce -> ok
    end.

consumer(Manager) ->
    Manager ! {ready, self()},
    receive
        {item, Item} ->
            work(?WORK, Item),
            consumer(Manager);
        stop -> ok
    end.

work(Steps, Seed) -> work(Steps, Seed, 0.0).

work(0, _, Sum) -> Sum;
work(Steps, State, Sum) -> work(Steps - 1, rand:mwc59(State), Sum + math:log(rand:mwc59_float(State) + 0.01)).

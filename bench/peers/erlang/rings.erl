%% rings - a token goes round a ring of processes. A ring of two is ping-pong.
%% Placed: the processes are bound to the two schedulers in turn. Read next: streams.erl
-module(rings).
-export([measures/0]).

measures() ->
    [{"ring/1", "ns/hop", less, 2000000, fun(N) -> ring([], 100, N) end},
     {"ring/2", "ns/hop", less, 2000000, fun(N) -> ring([], 100, N) end},
     {"ring/placed", "ns/hop", less, 50000, fun(N) -> ring(placed, 100, N) end},
     {"ping-pong/1", "ns/trip", less, 1000000, fun(N) -> 2 * ring([], 2, 2 * N) end},
     {"ping-pong/2", "ns/trip", less, 1000000, fun(N) -> 2 * ring([], 2, 2 * N) end},
     {"ping-pong/placed", "ns/trip", less, 50000, fun(N) -> 2 * ring(placed, 2, 2 * N) end},
     {"savina.pingpong/1", "ms", less, 40000, fun savina_ping_pong/1},
     {"savina.pingpong/2", "ms", less, 40000, fun savina_ping_pong/1},
     {"savina.threadring/1", "ms", less, 100000, fun savina_ring/1},
     {"savina.threadring/2", "ms", less, 100000, fun savina_ring/1}].

savina_ping_pong(N) -> bench_erlang:savina_ms(2 * ring([], 2, 2 * N), 40000).

savina_ring(N) -> bench_erlang:savina_ms(ring([], 100, N), 100000).

%% Nanoseconds a hop.
ring(Place, Size, Hops) ->
    Self = self(),
    Nodes = [spawn_opt(fun() -> begin_node(Self) end, options(Place, I)) || I <- lists:seq(1, Size)],
    [Node ! {next, Next} || {Node, Next} <- lists:zip(Nodes, tl(Nodes) ++ [hd(Nodes)])],
    go_round(hd(Nodes), Size), % once round to warm up
    Figure = bench_erlang:ns_each(fun() -> go_round(hd(Nodes), Hops) end, Hops),
    [Node ! stop || Node <- Nodes],
    Figure.

options(placed, I) -> [link, {scheduler, 1 + I rem 2}];
options([], _) -> [link].

go_round(First, Hops) ->
    First ! Hops,
    bench_erlang:collect(1).

begin_node(Collector) -> receive {next, Next} -> node_loop(Next, Collector) end.

node_loop(Next, Collector) ->
    receive
        0 -> Collector ! {done, 0}, node_loop(Next, Collector);
        stop -> ok;
        Hops -> Next ! Hops - 1, node_loop(Next, Collector)
    end.

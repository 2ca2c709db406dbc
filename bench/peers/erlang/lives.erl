%% lives - processes that live for one message, a tree of them, and many idle ones. Read next: crowds.erl
-module(lives).
-export([measures/0, idle/1]).

measures() ->
    [{"spawn/1", "M/s", more, 1000000, fun spawns/1},
     {"spawn/2", "M/s", more, 1000000, fun spawns/1},
     {"savina.fjcreate/1", "ms", less, 40000, fun create/1},
     {"savina.fjcreate/2", "ms", less, 40000, fun create/1},
     {"skynet/1", "ns/leaf", less, 1000000, fun skynet/1},
     {"skynet/2", "ns/leaf", less, 1000000, fun skynet/1},
     {"idle", "bytes", less, 1000000, fun bytes_idle/1}].

%% ---- spawned, messaged once, ended: a parent for each scheduler ----

spawns(Count) ->
    Parents = erlang:system_info(schedulers),
    Before = erlang:system_info(process_count),
    Share = Count div Parents,
    bench_erlang:millions(
      fun() ->
              [spawn(fun() -> bear(Share) end) || _ <- lists:seq(1, Parents)],
              wait_for_count(Before)
      end, Share * Parents).

bear(0) -> ok;
bear(Left) ->
    Child = spawn(fun() -> receive go -> ok end end),
    Child ! go,
    bear(Left - 1).

wait_for_count(Count) ->
    case erlang:system_info(process_count) of
        Count -> ok;
        _ -> erlang:yield(), wait_for_count(Count)
    end.

%% ---- Savina's fork-join ----

create(Tasks) ->
    Self = self(),
    Figure = bench_erlang:ns_each(
               fun() ->
                       [spawn(fun task/0) ! {Self, 37.2} || _ <- lists:seq(1, Tasks)],
                       join(Tasks)
               end, Tasks),
    bench_erlang:savina_ms(Figure, 40000).

task() ->
    receive
        {From, Angle} ->
            Sine = math:sin(Angle),
            From ! {result, Sine * Sine}
    end.

join(0) -> ok;
join(Left) -> receive {result, _} -> join(Left - 1) end.

%% ---- skynet ----

%% Nanoseconds a leaf.
skynet(Count) ->
    Leaves = power_of_ten(10, Count),
    Self = self(),
    bench_erlang:ns_each(
      fun() ->
              spawn_link(fun() -> grow(Self, 0, Leaves) end),
              Sum = bench_erlang:collect(1),
              bench_erlang:check(Sum =:= Leaves * (Leaves - 1) div 2, "the leaves add up")
      end, Leaves).

power_of_ten(Leaves, Count) when Leaves * 10 > Count -> Leaves;
power_of_ten(Leaves, Count) -> power_of_ten(Leaves * 10, Count).

grow(Parent, First, 1) -> Parent ! {done, First};
grow(Parent, First, Leaves) ->
    Self = self(),
    Below = Leaves div 10,
    [spawn(fun() -> grow(Self, First + I * Below, Below) end) || I <- lists:seq(0, 9)],
    Parent ! {done, bench_erlang:collect(10)}.

%% ---- idle processes with 8 bytes of state, hibernating ----

bytes_idle(Count) ->
    Self = self(),
    Before = bench_erlang:status_bytes("VmRSS:"),
    Idlers = [spawn(fun() -> Self ! {done, 0}, idle(I) end) || I <- lists:seq(1, Count)],
    bench_erlang:collect(Count),
    Bytes = (bench_erlang:status_bytes("VmRSS:") - Before) / Count,
    [exit(Idler, kill) || Idler <- Idlers],
    Bytes.

idle(State) -> erlang:hibernate(?MODULE, idle, [State]).

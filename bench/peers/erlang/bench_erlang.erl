%% bench_erlang - processes and messages of Erlang/OTP.
%%
%% The command line is that of every program of measures: --list, or --run NAME COUNT (see bench/program.c).
%% A measure is {Name, Unit, Better, Count, Fun}, Better being less or more, or {Name, Reason} if there is none.
%% Read next: rings.erl
-module(bench_erlang).
-export([main/0, ns_each/2, millions/2, savina_ms/2, check/2, collect/1, draw/1, status_bytes/1]).

measures() ->
    lists:append([M:measures() || M <- [rings, streams, asks, lives, crowds, stores]]).

main() -> main(init:get_plain_arguments()).

main(["--list"]) ->
    [list(M) || M <- measures()],
    halt(0);
main(["--run", Name, Count]) ->
    case lists:keyfind(Name, 1, measures()) of
        {Name, Unit, _, _, Run} -> run(Name, Unit, Run, list_to_integer(Count));
        _ -> usage()
    end;
main(_) ->
    usage().

usage() ->
    io:format(standard_error, "usage: bench_erlang --list | --run NAME COUNT~n", []),
    halt(2).

list({Name, Reason}) -> io:format("~s\t-\t~s~n", [Name, Reason]);
list({Name, Unit, Better, Count, _}) -> io:format("~s\t~s\t~s\t~w\t-\t1~n", [Name, Unit, Better, Count]).

%% Each in a process of its own, as a program would.
run(Name, Unit, Run, Count) ->
    {Pid, Monitor} = spawn_monitor(fun() -> print(Name, Unit, Run, Count) end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> halt(0);
        {'DOWN', Monitor, process, Pid, Why} ->
            io:format(standard_error, "~p~n", [Why]),
            halt(1)
    end.

print(Name, Unit, Run, Count) ->
    case erlang:system_info(schedulers) > erlang:system_info(logical_processors_available) of
        true -> io:format("~s\t-\ttoo few cores~n", [Name]);
        false ->
            Figure = Run(Count),
            io:format("~s\t~s\t~.6g\t~w~n", [Name, Unit, float(Figure), status_bytes("VmHWM:") div 1024])
    end.

%% What Fun takes, in nanoseconds, for each of Count.
ns_each(Fun, Count) ->
    Start = erlang:monotonic_time(nanosecond),
    Fun(),
    (erlang:monotonic_time(nanosecond) - Start) / Count.

millions(Fun, Count) -> 1.0e3 / ns_each(Fun, Count).

%% Milliseconds for a Savina program of its own size, where one of its operations took so long.
savina_ms(NsEach, Operations) -> NsEach * Operations / 1.0e6.

check(true, _) -> ok;
check(false, What) -> exit({not_so, What}).

%% So many {done, Value}; the sum.
collect(Count) -> collect(Count, 0).

collect(0, Sum) -> Sum;
collect(Count, Sum) -> receive {done, Value} -> collect(Count - 1, Sum + Value) end.

%% A random number below 2^32 and the state to draw the next from.
draw(State) ->
    Next = rand:mwc59(State),
    {rand:mwc59_value32(Next), Next}.

%% A line of /proc/self/status, such as "VmRSS:".
status_bytes(Line) ->
    {ok, Text} = file:read_file("/proc/" ++ os:getpid() ++ "/status"),
    [Kib] = [K || L <- string:split(binary_to_list(Text), "\n", all), [N, K | _] <- [string:lexemes(L, "\t ")],
                  N =:= Line],
    list_to_integer(Kib) * 1024.

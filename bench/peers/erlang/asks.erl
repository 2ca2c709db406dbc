%% asks - questions: by messages, where each answer brings the next question, and by gen_server, one or a hundred under
%% way. Read next: echo.erl, lives.erl
-module(asks).
-export([measures/0]).

-define(NO_THREAD, "a process is no thread of the system; a thread outside the emulator cannot ask one directly").

measures() ->
    [{"then/1", "M/s", more, 1000000, fun(N) -> then(1, N) end},
     {"then/2", "M/s", more, 1000000, fun(N) -> then(1, N) end},
     {"then-100/1", "M/s", more, 2000000, fun(N) -> then(100, N) end},
     {"then-100/2", "M/s", more, 2000000, fun(N) -> then(100, N) end},
     {"await/1", "ns/call", less, 500000, fun await/1},
     {"await/2", "ns/call", less, 500000, fun await/1},
     {"await-100/1", "M/s", more, 500000, fun await_hundred/1},
     {"await-100/2", "M/s", more, 500000, fun await_hundred/1},
     {"ask-thread/parked", ?NO_THREAD},
     {"ask-thread/busy", ?NO_THREAD}].

%% ---- by messages ----

then(Window, Count) ->
    Server = spawn_link(fun serve/0),
    Figure = bench_erlang:millions(
               fun() ->
                       [Server ! {self(), I} || I <- lists:seq(0, Window - 1)],
                       take(Server, 0, Window, Count)
               end, Count),
    Server ! stop,
    Figure.

serve() ->
    receive
        {From, Value} -> From ! {answer, Value}, serve();
        stop -> ok
    end.

take(_, Count, _, Count) -> ok;
take(Server, Answered, Asked, Count) ->
    receive {answer, Value} -> bench_erlang:check(Value =:= Answered, "every answer is right") end,
    if
        Asked < Count -> Server ! {self(), Asked};
        true -> ok
    end,
    take(Server, Answered + 1, Asked + 1, Count).

%% ---- by gen_server ----

await(Count) ->
    {ok, Server} = echo:start_link(),
    Figure = bench_erlang:ns_each(fun() -> call(Server, Count) end, Count),
    gen_server:stop(Server),
    Figure.

call(_, 0) -> ok;
call(Server, Left) ->
    Left = gen_server:call(Server, Left, infinity),
    call(Server, Left - 1).

await_hundred(Count) ->
    {ok, Server} = echo:start_link(),
    Figure = bench_erlang:millions(fun() -> call_hundreds(Server, Count) end, Count),
    gen_server:stop(Server),
    Figure.

call_hundreds(_, Left) when Left =< 0 -> ok;
call_hundreds(Server, Left) ->
    Requests = [{I, gen_server:send_request(Server, I)} || I <- lists:seq(1, 100)],
    [{reply, I} = gen_server:receive_response(R, infinity) || {I, R} <- Requests],
    call_hundreds(Server, Left - 100).

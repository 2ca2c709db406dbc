%% dictionary - a gen_server with a table of its own. Read next: bench_erlang
-module(dictionary).
-behaviour(gen_server).
-export([start_link/1, init/1, handle_call/3, handle_cast/2]).

start_link(Keys) -> gen_server:start_link(?MODULE, Keys, []).

init(Keys) ->
    Table = ets:new(?MODULE, [set, private]),
    [ets:insert(Table, {Key, Key}) || Key <- lists:seq(0, Keys - 1)],
    {ok, Table}.

handle_call({read, Key}, _From, Table) -> {reply, ets:lookup_element(Table, Key, 2), Table};
handle_call({write, Key, Value}, _From, Table) ->
    ets:insert(Table, {Key, Value}),
    {reply, Value, Table}.

handle_cast(_, Table) -> {noreply, Table}.

%% echo - a gen_server that answers what it is asked. Read next: lives.erl
-module(echo).
-behaviour(gen_server).
-export([start_link/0, init/1, handle_call/3, handle_cast/2]).

start_link() -> gen_server:start_link(?MODULE, [], []).

init([]) -> {ok, []}.

handle_call(Value, _From, State) -> {reply, Value, State}.

handle_cast(_, State) -> {noreply, State}.

/* cast.c - what stories have in common, and the list of them. Owns nothing. Read next: stories.c. */
#include "stories.h"

/* ---- ports of the cast ---- */

int take_role(quay_self *self, void *state, void *arg)
{
    (void)self;
    *(role **)state = arg;
    role_of(state)->began = true;
    return 0;
}

static void leave(void *state, int reason)
{
    role_of(state)->ended = true;
    role_of(state)->reason = reason;
}

role *role_of(void *state)
{
    return *(role **)state;
}

cast *cast_of(void *state)
{
    return role_of(state)->cast;
}

static role *new_role(cast *c)
{
    if (c->entered == ROLES) return NULL;
    role *r = &c->roles[c->entered];
    *r = (role){.cast = c, .number = c->entered++};
    return r;
}

quay_port enter_from(cast *c, quay_handler *handler, const char *name, quay_port_options options, int line)
{
    quay_port port = QUAY_NOBODY;
    options.name = name;
    options.place = options.blocking ? QUAY_ANYWHERE : QUAY_SPREAD;
    options.state_size = sizeof(role *);
    options.init = take_role;
    options.fini = leave;
    options.arg = new_role(c);
    int error = options.arg ? quay_spawn(c->rt, &port, handler, &options) : -ENOMEM;
    if (error && !c->hard && !c->wrong) c->wrong = line;
    return port;
}

void end_for_sure(quay_port port, int reason)
{
    while (quay_kill(port, reason) == -ENOMEM) continue;
}

quay_stats stats_of(const cast *c)
{
    quay_stats stats = {0};
    (void)quay_runtime_stats(c->rt, &stats);
    return stats;
}

/* ---- the list ---- */

static const struct {
    const char *file;
    const story *stories;
} shelves[] = {{"stories.c", stories_of_ports},       {"stories_ends.c", stories_of_ends},
               {"stories_names.c", stories_of_names}, {"stories_limits.c", stories_of_limits},
               {"stories_trees.c", stories_of_trees}, {"stories_actors.c", stories_of_actors},
               {"stories_work.c", stories_of_work},   {"stories_forwards.c", stories_of_forwards}};

const story *find_story(unsigned number, const char **file)
{
    for (unsigned shelf = 0; shelf < sizeof shelves / sizeof *shelves; shelf++) {
        for (const story *s = shelves[shelf].stories; s->name; s++) {
            if (number--) continue;
            if (file) *file = shelves[shelf].file;
            return s;
        }
    }
    return NULL;
}

void say_nothing(void *context, quay_log_level level, const char *text)
{
    (void)context, (void)level, (void)text;
}

int tell_story(quay_runtime *rt, void *context)
{
    told *t = context;
    t->cast = (cast){.rt = rt, .hard = t->hard};
    t->story->play(&t->cast);
    return t->cast.wrong;
}

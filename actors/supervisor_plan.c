/* supervisor_plan.c - checking, copying and freeing a supervisor's options. Owns nothing. Read next: supervisor.c. */
#include "supervisor_plan.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_PATIENCE QUAY_SEC(5)
#define DEFAULT_PERIOD QUAY_SEC(5)

/* ---- check ---- */

static bool name_fits(const char *name)
{
    return !name || (*name && strlen(name) <= QUAY_NAME_MAX);
}

static int check_child(const quay_child *child)
{
    if (!child->handler == !child->supervisor || child->patience < 0) return -EINVAL;
    if (!name_fits(child->name) || !name_fits(child->options.name)) return -EINVAL;
    if (child->restart != QUAY_PERMANENT && child->restart != QUAY_TRANSIENT && child->restart != QUAY_TEMPORARY)
        return -EINVAL;
    return child->supervisor ? qy_plan_check(child->supervisor) : 0;
}

int qy_plan_check(const quay_supervisor_options *options)
{
    if (!options || (!options->children && options->count) || options->count > UINT32_MAX) return -EINVAL;
    if (options->intensity > QUAY_INTENSITY_MAX || options->period < 0 || !name_fits(options->name)) return -EINVAL;
    if (options->strategy != QUAY_ONE_FOR_ONE && options->strategy != QUAY_ONE_FOR_ALL &&
        options->strategy != QUAY_REST_FOR_ONE)
        return -EINVAL;
    int error = 0;
    for (size_t i = 0; i < options->count && !error; i++) error = check_child(&options->children[i]);
    return error;
}

/* ---- copy ---- */

/* *copy is a copy, or NULL as the text is; false when there is no memory. */
static bool copy_text(const char **copy, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *room = text ? malloc(size) : NULL;
    if (room) memcpy(room, text, size);
    *copy = room;
    return room || !text;
}

/* All pointers are the copy's own, or NULL, whatever is returned. */
static bool copy_child(quay_child *copy, const quay_child *child)
{
    *copy = *child;
    copy->supervisor = child->supervisor ? qy_plan_copy(child->supervisor) : NULL;
    bool whole = copy_text(&copy->name, child->name);
    whole &= copy_text(&copy->options.name, child->options.name ? child->options.name : child->name);
    if (!copy->patience) copy->patience = DEFAULT_PATIENCE;
    return whole && (copy->supervisor || !child->supervisor);
}

quay_supervisor_options *qy_plan_copy(const quay_supervisor_options *options)
{
    quay_supervisor_options *plan = malloc(sizeof *plan);
    if (!plan) return NULL;
    *plan = *options;
    quay_child *children = options->count ? calloc(options->count, sizeof *children) : NULL;
    plan->children = children;
    bool whole = copy_text(&plan->name, options->name) && (children || !options->count);
    if (!plan->period) plan->period = DEFAULT_PERIOD;
    for (size_t i = 0; children && i < options->count; i++) whole &= copy_child(&children[i], &options->children[i]);
    if (whole) return plan;
    if (!children) plan->count = 0;
    qy_plan_free(plan);
    return NULL;
}

void qy_plan_free(quay_supervisor_options *plan)
{
    if (!plan) return;
    for (size_t i = 0; i < plan->count; i++) {
        const quay_child *child = &plan->children[i];
        qy_plan_free((quay_supervisor_options *)(uintptr_t)child->supervisor);
        free((void *)(uintptr_t)child->name);
        free((void *)(uintptr_t)child->options.name);
    }
    free((void *)(uintptr_t)plan->children);
    free((void *)(uintptr_t)plan->name);
    free(plan);
}

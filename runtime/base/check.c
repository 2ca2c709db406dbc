/* check.c - the end of a process that broke its own rules. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void qy_check_failed(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "quay: internal check failed: %s (%s:%d). This is a bug in Quay; please report it.\n", what,
                  file, line);
    abort();
}

/* valgrind.h - what Valgrind has to be told or asked; nothing where its header is not installed.
 *
 * Owns nothing. Read next: stack.c, probe.c. */
#ifndef QY_OS_VALGRIND_H
#define QY_OS_VALGRIND_H

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#endif

/* error.h - what the error codes mean. Every function returns 0 or a negative errno, never sets errno. */
#ifndef QUAY_ERROR_H
#define QUAY_ERROR_H

#include <quay/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* quay_strerror - the name of an error, such as "EPIPE".
 * Thread: any.   Blocks: never.
 * Owns:   a constant.
 * Errors: "unknown" for a code Quay does not use; "ok" for 0. */
QUAY_API const char *quay_strerror(int error);

/* quay_explain - a sentence saying what happened, and one saying what to do.
 * Thread: any.   Blocks: never.
 * Owns:   a constant.
 * Errors: a general sentence for a code Quay does not use. */
QUAY_API const char *quay_explain(int error);

#ifdef __cplusplus
}
#endif
#endif

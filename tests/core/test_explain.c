/* test_explain.c - every error has a name, a sentence and a remedy; every error the headers speak of is there. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <quay/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"

#define ERRORS_MOST 200

/* The file the test was built from leads to the public headers. */
static void headers_path(char *path, size_t size)
{
    const char *end = strstr(__FILE__, "tests/core/");
    ck_assert_ptr_nonnull(end);
    (void)snprintf(path, size, "%.*sinclude/quay", (int)(end - __FILE__), __FILE__);
}

static bool explained(const char *name, size_t length)
{
    for (int error = 1; error < ERRORS_MOST; error++) {
        const char *known = quay_strerror(-error);
        if (strlen(known) == length && !strncmp(known, name, length)) return true;
    }
    return false;
}

/* Every -ESOMETHING of a text is explained; returns how many there were. */
static unsigned check_text(const char *text)
{
    unsigned found = 0;
    for (const char *at = text; (at = strstr(at, "-E")); at++) {
        size_t length = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (length < 3) continue;
        ck_assert_msg(explained(at + 1, length), "%.*s is in the headers and not explained", (int)length, at + 1);
        found++;
    }
    return found;
}

static unsigned check_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    ck_assert_uint_lt(length, sizeof text - 1);
    text[length] = '\0';
    return check_text(text);
}

START_TEST(every_error_of_the_headers_is_explained)
{
    char folder[PATH_MAX / 2], path[PATH_MAX];
    unsigned found = 0;
    headers_path(folder, sizeof folder);
    DIR *headers = opendir(folder);
    ck_assert_msg(headers != NULL, "%s is not there", folder);
    for (const struct dirent *entry; (entry = readdir(headers));) {
        size_t length = strlen(entry->d_name);
        if (length < 3 || strcmp(entry->d_name + length - 2, ".h") != 0) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        found += check_file(path);
    }
    (void)closedir(headers);
    ck_assert_uint_gt(found, 20);
}
END_TEST

static unsigned count_sentences(const char *text)
{
    unsigned sentences = 0;
    for (const char *at = text; *at; at++) sentences += *at == '.' && (at[1] == ' ' || at[1] == '\0');
    return sentences;
}

START_TEST(every_error_has_a_name_a_sentence_and_a_remedy)
{
    unsigned known = 0;
    for (int error = 1; error < ERRORS_MOST; error++) {
        const char *name = quay_strerror(-error), *text = quay_explain(-error);
        if (!strcmp(name, "unknown")) continue;
        known++;
        ck_assert_int_eq(name[0], 'E');
        ck_assert_msg(count_sentences(text) >= 2, "%s: %s", name, text);
        ck_assert_msg(text[strlen(text) - 1] == '.', "%s: %s", name, text);
        ck_assert_ptr_null(strstr(text, "  "));
    }
    ck_assert_uint_ge(known, 12);
}
END_TEST

START_TEST(names_are_those_of_the_c_library)
{
    static const struct {
        int error;
        const char *name;
    } some[] = {{-EPIPE, "EPIPE"}, {-ENOMEM, "ENOMEM"}, {-ETIMEDOUT, "ETIMEDOUT"}, {-EOWNERDEAD, "EOWNERDEAD"}};
    for (size_t i = 0; i < COUNT_OF(some); i++) ck_assert_str_eq(quay_strerror(some[i].error), some[i].name);
    ck_assert_str_eq(quay_strerror(0), "ok");
}
END_TEST

START_TEST(foreign_codes_are_unknown_and_still_explained)
{
    static const int foreign[] = {1, EPIPE, INT_MAX, INT_MIN, -ENOTTY, -100000};
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        ck_assert_str_eq(quay_strerror(foreign[i]), "unknown");
        ck_assert_uint_gt(strlen(quay_explain(foreign[i])), 0);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_error_of_the_headers_is_explained, every_error_has_a_name_a_sentence_and_a_remedy,
                            names_are_those_of_the_c_library, foreign_codes_are_unknown_and_still_explained};
    return run_tests("explain", tests, COUNT_OF(tests));
}

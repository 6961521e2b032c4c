/* Help says everything the option table knows, and fits a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/cli/help.h"
#include "edge/cli/options.h"

/* The help of a command, or of the executable (COMMAND_COUNT). own: free. */
static char *help_of(enum command c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (c == COMMAND_COUNT)
        help_print(out);
    else
        help_print_command(out, c);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Whether an option's own line is there: its spelling and argument at the usual indent. */
static bool tells(const char *text, const struct option *o)
{
    char spelling[OPTION_SPELLING_SIZE], start[120];
    option_spell(o, spelling);
    (void)snprintf(start, sizeof start, "\n  %s%s%s", spelling, o->argument ? " " : "",
                   o->argument ? o->argument : "");
    const char *found = strstr(text, start);
    return found && (found[strlen(start)] == ' ' || found[strlen(start)] == '\n');
}

/* Whether the command takes a row that is spelled like this one; what it means there may differ. */
static bool takes(enum command c, const struct option *o)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *other = &options[i];
        bool same_argument = other->argument == o->argument ||
                             (other->argument && o->argument && strcmp(other->argument, o->argument) == 0);
        if ((other->commands & OPTION_OF(c)) && strcmp(other->name, o->name) == 0 && same_argument)
            return true;
    }
    return false;
}

static void every_option_is_told_where_it_is_taken_and_nowhere_else(void **state)
{
    (void)state;
    for (int c = 0; c < COMMAND_COUNT; c++) {
        char *text = help_of((enum command)c);
        for (size_t i = 0; i < option_count; i++)
            if (tells(text, &options[i]) != takes((enum command)c, &options[i]))
                fail_msg("--%s in the help of %s", options[i].name, command_info((enum command)c)->name);
        free(text);
    }
}

static void every_command_is_told(void **state)
{
    (void)state;
    char *text = help_of(COMMAND_COUNT);
    for (int c = 0; c < COMMAND_COUNT; c++) {
        const struct command_info *info = command_info((enum command)c);
        assert_int_equal(command_find(info->name), c);
        assert_non_null(strstr(text, info->summary));
        char *own = help_of((enum command)c);
        assert_non_null(strstr(own, "\nExample:\n  chapar "));
        free(own);
    }
    free(text);
}

static void lines_fit_a_terminal(void **state)
{
    (void)state;
    for (int c = 0; c <= COMMAND_COUNT; c++) {
        char *text = help_of((enum command)c);
        for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
            size_t len = strcspn(at, "\n");
            if (len > HELP_WIDTH || (len && at[len - 1] == ' '))
                fail_msg("%zu columns: \"%.*s\"", len, (int)len, at);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_told_where_it_is_taken_and_nowhere_else),
        cmocka_unit_test(every_command_is_told),
        cmocka_unit_test(lines_fit_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

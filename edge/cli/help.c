#include "edge/cli/help.h"

#include <stdbool.h>
#include <string.h>

#include "edge/cli/options.h"

#define HELP_COLUMN 25 /* where the words about an option begin */

/* Words from column `at` on, broken between words; lines begin at `indent`. Ends the line. */
static void wrap(FILE *out, const char *text, int at, int indent)
{
    bool first = true;
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (!first && at + 1 + len > HELP_WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        (void)fprintf(out, "%s%.*s", first ? "" : " ", len, text);
        at += len + !first;
        first = false;
        text += len;
        text += strspn(text, " ");
    }
    (void)fputc('\n', out);
}

static void print_lines(FILE *out, const char *lines)
{
    while (*lines) {
        int len = (int)strcspn(lines, "\n");
        (void)fprintf(out, "  %.*s\n", len, lines);
        lines += len + (lines[len] == '\n');
    }
}

static void print_option(FILE *out, const struct option *o)
{
    char spelling[OPTION_SPELLING_SIZE];
    char text[400];
    option_spell(o, spelling);
    int at = fprintf(out, "  %s%s%s", spelling, o->argument ? " " : "", o->argument ? o->argument : "");
    if (at > HELP_COLUMN - 2) {
        (void)fputc('\n', out);
        at = 0;
    }
    (void)fprintf(out, "%*s", HELP_COLUMN - at, "");
    bool told = o->initial && o->kind != OPTION_FLAG;
    (void)snprintf(text, sizeof text, "%s%s%s%s", o->help, told ? " (default: " : "", told ? o->initial : "",
                   told ? ")" : "");
    wrap(out, text, HELP_COLUMN, HELP_COLUMN);
}

static void print_call(FILE *out, const struct command_info *info)
{
    (void)fprintf(out, "chapar %s", info->name);
    for (int i = 0; info->actions && info->actions[i]; i++)
        (void)fprintf(out, "%c%s", i ? '|' : ' ', info->actions[i]);
    (void)fprintf(out, " [OPTION]...%s\n",
                  info->files == COMMAND_FILES_SOME  ? " FILE..."
                  : info->files == COMMAND_FILES_ANY ? " [FILE]..."
                                                     : "");
}

void help_print_usage(FILE *out)
{
    for (int c = 0; c < COMMAND_COUNT; c++) {
        (void)fputs(c ? "       " : "Usage: ", out);
        print_call(out, command_info((enum command)c));
    }
    (void)fputs("       chapar help [COMMAND]\n"
                "       chapar --version\n",
                out);
}

static void print_exits(FILE *out)
{
    (void)fputs("\nExit status:\n"
                "  0  done\n"
                "  1  failed while running\n"
                "  2  wrong usage or configuration\n"
                "  3  the input data is wrong\n",
                out);
}

void help_print(FILE *out)
{
    wrap(
        out,
        "Chapar keeps the register of a region's diplomacy from events on Apache Kafka, and raises alerts on "
        "deadlines before, and after, they pass.",
        0, 0);
    (void)fputc('\n', out);
    help_print_usage(out);
    (void)fputs("\nCommands:\n", out);
    for (int c = 0; c < COMMAND_COUNT; c++) {
        const struct command_info *info = command_info((enum command)c);
        int at = fprintf(out, "  %-14s", info->name);
        wrap(out, info->summary, at, at);
    }
    (void)fputc('\n', out);
    wrap(
        out,
        "`chapar help COMMAND` tells the options of a command. Each can also be given in the environment, as "
        "CHAPAR_STATE_DIR for --state-dir, or in a file named by --config; the command line wins over the "
        "environment, and that over the file.",
        0, 0);
    print_exits(out);
}

static void print_options(FILE *out, enum command c, bool everywhere)
{
    for (size_t i = 0; i < option_count; i++)
        if ((options[i].commands & OPTION_OF(c)) && (options[i].commands == OPTION_EVERYWHERE) == everywhere)
            print_option(out, &options[i]);
}

void help_print_command(FILE *out, enum command c)
{
    const struct command_info *info = command_info(c);
    (void)fputs("Usage: ", out);
    print_call(out, info);
    (void)fputc('\n', out);
    wrap(out, info->text, 0, 0);
    (void)fprintf(out, "\nOptions of %s:\n", info->name);
    print_options(out, c, false);
    (void)fputs("\nOptions of every command:\n", out);
    print_options(out, c, true);
    (void)fputs("\nExample:\n", out);
    print_lines(out, info->example);
    print_exits(out);
}

/* Lets allocations of our own code fail: chapar-faults is linked so that what the code of this repository
 * asks of the allocator comes here (ld's --wrap), and what libraries ask does not.
 *
 *     FAIL_ALLOCATION=N      the N-th fails, later ones do not
 *     FAIL_ALLOCATION=N+     and all that follow
 *
 * The first that fails says so on standard error: "allocation N fails". */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long failing;
static bool from_then_on;
static atomic_long count;

/* What comes after main() is not ours: gcov, in the same link, allocates to write down its counts. */
static void allocation_stop(void)
{
    failing = 0;
}

__attribute__((constructor)) static void allocation_read(void)
{
    const char *given = getenv("FAIL_ALLOCATION");
    char *end = NULL;
    failing = given ? strtol(given, &end, 10) : 0;
    from_then_on = end && *end == '+';
    if (atexit(allocation_stop) != 0)
        abort();
}

static void allocation_say(long n)
{
    char line[64];
    int len = snprintf(line, sizeof line, "allocation %ld fails\n", n);
    if (write(STDERR_FILENO, line, (size_t)len) != len)
        abort();
}

static bool fails(void)
{
    long n = failing ? atomic_fetch_add(&count, 1) + 1 : 0;
    bool now = failing && (n == failing || (from_then_on && n > failing));
    if (n == failing && failing)
        allocation_say(n);
    if (now)
        errno = ENOMEM;
    return now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_reallocarray(void *at, size_t number, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
char *__real_strdup(const char *text);
ssize_t __real_getline(char **line, size_t *size, FILE *stream);
ssize_t __real___getdelim(char **line, size_t *size, int end, FILE *stream);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t number, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_reallocarray(void *at, size_t number, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
ssize_t __wrap_getline(char **line, size_t *size, FILE *stream);
ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *stream);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t number, size_t size)
{
    return fails() ? NULL : __real_calloc(number, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails() ? NULL : __real_realloc(at, size);
}

void *__wrap_reallocarray(void *at, size_t number, size_t size)
{
    return fails() ? NULL : __real_reallocarray(at, number, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    return fails() ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* It allocates for its first line, and when a longer one comes. Optimised, it is inlined to the other. */
ssize_t __wrap_getline(char **line, size_t *size, FILE *stream)
{
    return fails() ? -1 : __real_getline(line, size, stream);
}

ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *stream)
{
    return fails() ? -1 : __real___getdelim(line, size, end, stream);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    if (fails())
        return -1;
    va_list values;
    va_start(values, format);
    int n = vasprintf(out, format, values);
    va_end(values);
    return n;
}

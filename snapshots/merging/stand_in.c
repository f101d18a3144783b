/* Stands in for every program of a script, and starts the script's shell.
 *
 * start ROOT FOLDER PROGRAM ARGUMENTS...: a new process as Docker starts it: own root, working folder made if missing,
 * the environment that is given, killed after ten seconds.
 *
 * Under any other name: adds one line to /.trace that says all that a program could see of its shell, and fails if /.fail says so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static uint64_t hash(uint64_t seed, const char *text, size_t length) {
    for (size_t at = 0; at < length; at++) seed = (seed ^ (unsigned char)text[at]) * 1099511628211ULL;
    return seed;
}

static int start(char **arguments) {
    char *folder = arguments[1];
    if (chroot(arguments[0]) != 0 || chdir("/") != 0) { perror("chroot"); return 125; }
    for (char *at = folder + 1; ; at++) {
        if (*at != '/' && *at != '\0') continue;
        char kept = *at;
        *at = '\0';
        mkdir(folder, 0755);
        *at = kept;
        if (kept == '\0') break;
    }
    if (chdir(folder) != 0) { perror(folder); return 125; }
    umask(022);
    alarm(10);
    execv(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 125;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int stand_in(int count, char **arguments) {
    static char line[1 << 18];
    size_t length = 0;
    for (int at = 0; at < count; at++)
        length += (size_t)snprintf(line + length, sizeof line / 2 - length, "[%.4000s]", arguments[at]);
    uint64_t call = hash(14695981039346656037ULL, line, length);
    char folder[4096];
    if (getcwd(folder, sizeof folder) == NULL) strcpy(folder, "(gone)");
    mode_t mask = umask(0);
    umask(mask);
    length += (size_t)snprintf(line + length, sizeof line - length, " in %s umask %o open", folder, (unsigned)mask);
    for (int descriptor = 3; descriptor < 20; descriptor++)
        if (fcntl(descriptor, F_GETFD) != -1) length += (size_t)snprintf(line + length, sizeof line - length, " %d", descriptor);
    struct stat input;
    uint64_t read_bytes = 0;
    if (fstat(0, &input) == 0 && (S_ISFIFO(input.st_mode) || S_ISREG(input.st_mode))) {
        char buffer[4096];
        ssize_t got;
        read_bytes = 1;
        while ((got = read(0, buffer, sizeof buffer)) > 0) read_bytes = hash(read_bytes, buffer, (size_t)got);
    }
    length += (size_t)snprintf(line + length, sizeof line - length, " input %llx env", (unsigned long long)read_bytes);
    int variables = 0;
    while (environ[variables] != NULL) variables++;
    qsort(environ, (size_t)variables, sizeof *environ, by_text);
    for (int at = 0; at < variables; at++) {
        if (strncmp(environ[at], "_=", 2) == 0 || strncmp(environ[at], "SHLVL=", 6) == 0) continue;
        length += (size_t)snprintf(line + length, sizeof line - length, " %.2000s", environ[at]);
    }
    length += (size_t)snprintf(line + length, sizeof line - length, " call %llx", (unsigned long long)(call % 0xffffff));
    for (size_t at = 0; at < length; at++) if (line[at] == '\n') line[at] = ' ';
    line[length++] = '\n';
    int trace = open("/.trace", O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (trace == -1 || write(trace, line, length) != (ssize_t)length) return 124;
    close(trace);
    const char *name = strrchr(arguments[0], '/');
    printf("%s\n", name == NULL ? arguments[0] : name + 1);
    fflush(stdout);
    /* A line "call HASH" fails that call; "seed N" fails a quarter of all calls. */
    FILE *fail = fopen("/.fail", "r");
    if (fail == NULL) return 0;
    char kind[16];
    unsigned long long value;
    int status = 0;
    if (fscanf(fail, "%15s %llx", kind, &value) == 2) {
        if (strcmp(kind, "call") == 0) status = call % 0xffffff == value ? 3 : 0;
        else status = (hash(value + 7, (char *)&call, sizeof call) >> 20) % 4 == 0 ? 1 + (int)(call % 3) : 0;
    }
    fclose(fail);
    return status;
}

int main(int count, char **arguments) {
    const char *name = strrchr(arguments[0], '/');
    name = name == NULL ? arguments[0] : name + 1;
    if (strcmp(name, ".start") == 0 && count > 4) return start(arguments + 1);
    return stand_in(count, arguments);
}

#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

static char **arguments;

#if defined(__GLIBC__) || defined(__APPLE__)
/* These two hand constructors what main gets; musl hands them nothing. */
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    (void)count;
    arguments = values;
}
#endif

char **csystem_arguments(void) { return arguments; }

int csystem_rename_exclusively(const char *from, const char *to) {
#if defined(__APPLE__)
    return renamex_np(from, to, RENAME_EXCL);
#elif defined(SYS_renameat2)
    /* Called by number, as C libraries have had a function for it since 2018 only. 1 is RENAME_NOREPLACE. */
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u);
#else
    (void)from;
    (void)to;
    errno = ENOSYS;
    return -1;
#endif
}

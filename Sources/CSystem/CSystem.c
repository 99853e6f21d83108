#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __linux__
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#endif

static char **arguments;

#if defined(__GLIBC__) || defined(__APPLE__)
/* glibc and macOS pass main's arguments to constructors; musl passes nothing. */
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
    /* Called by number, because C libraries have a function for it only since 2018. 1 is RENAME_NOREPLACE. */
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u);
#else
    (void)from;
    (void)to;
    errno = ENOSYS;
    return -1;
#endif
}

#ifdef __linux__
static const char acl[] = "system.posix_acl_access";

long csystem_get_acl(const char *path, void *list, size_t size) { return lgetxattr(path, acl, list, size); }

int csystem_set_acl(int descriptor, const void *list, size_t size) { return fsetxattr(descriptor, acl, list, size, 0); }

int csystem_remove_acl(int descriptor) { return fremovexattr(descriptor, acl); }
#else
static int refuse(void) {
    errno = ENOTSUP;
    return -1;
}

long csystem_get_acl(const char *path, void *list, size_t size) {
    (void)path;
    (void)list;
    (void)size;
    return refuse();
}

int csystem_set_acl(int descriptor, const void *list, size_t size) {
    (void)descriptor;
    (void)list;
    (void)size;
    return refuse();
}

int csystem_remove_acl(int descriptor) {
    (void)descriptor;
    return refuse();
}
#endif

int csystem_spawn_in(void *actions, const char *directory) {
    return posix_spawn_file_actions_addchdir_np(actions, directory);
}

#ifdef __linux__
/* Segments that can't be written to are as they are in the file, so that nothing is lost with their pages. The first
   one comes last, because it has the headers that are read here. */
static int release_segments(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = object->dlpi_phnum - 1; index >= 0; index--) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void csystem_release_code(void) { dl_iterate_phdr(release_segments, NULL); }
#else
void csystem_release_code(void) {}
#endif

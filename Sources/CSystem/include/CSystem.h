/* System functions that Swift can't reach by itself. */
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stddef.h>

/* Returns the process's arguments, ended by NULL; or NULL if the C library doesn't pass them to constructors.
 * Swift's CommandLine reads them from /proc, which may not be mounted. */
char **csystem_arguments(void);

/* Renames a file; fails with EEXIST if `to` exists: renameat2(2) with RENAME_NOREPLACE, on macOS renamex_np(2).
 * Fails with EINVAL, ENOSYS or ENOTSUP if the system or the file system can't do that. */
int csystem_rename_exclusively(const char *from, const char *to);

/* Access to a file's access control list (acl(5)), which Linux keeps in an extended attribute: lgetxattr(2),
 * fsetxattr(2) and fremovexattr(2). These fail with ENOTSUP on other systems. */
long csystem_get_acl(const char *path, void *list, size_t size);
int csystem_set_acl(int descriptor, const void *list, size_t size);
int csystem_remove_acl(int descriptor);

/* Makes a program that is started with these file actions (posix_spawn_file_actions_t) begin in `directory`:
 * posix_spawn_file_actions_addchdir_np(3), which Swift doesn't see everywhere. Returns an error number. */
int csystem_spawn_in(void *actions, const char *directory);

/* Gives back the memory of the program's code and constants, and those of its libraries: madvise(2) with MADV_DONTNEED
 * for what can't be written to. What is needed again is read again from the files. Does nothing except on Linux. */
void csystem_release_code(void);

#endif

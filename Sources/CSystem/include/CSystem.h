/* What Swift can't reach of the system by itself. */
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stddef.h>

/* The words that the process was started with, ended by NULL; NULL where the C library does not tell them.
 * Swift's CommandLine reads them from /proc, which need not be mounted. */
char **csystem_arguments(void);

/* rename(2) that fails with EEXIST where `to` is taken: renameat2(2) with RENAME_NOREPLACE, on macOS renamex_np(2).
 * EINVAL, ENOSYS or ENOTSUP where the system or the file system can't do that. */
int csystem_rename_exclusively(const char *from, const char *to);

/* The access control list of a file (acl(5)) as Linux keeps it in an extended attribute: lgetxattr(2), fsetxattr(2)
 * and fremovexattr(2). ENOTSUP on other systems. */
long csystem_get_acl(const char *path, void *list, size_t size);
int csystem_set_acl(int descriptor, const void *list, size_t size);
int csystem_remove_acl(int descriptor);

#endif

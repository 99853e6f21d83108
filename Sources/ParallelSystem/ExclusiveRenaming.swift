import CSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Renames a file unless the new name is taken, which is EEXIST.
///
/// Where the file system can't do that in one step (NFS, some of FUSE), the name is taken by an empty file, which the
/// renaming then replaces: nobody else's file is lost, but the empty one may be seen for a moment.
package func renameExclusively(_ old: String, to new: String) throws(SystemError) {
    if csystem_rename_exclusively(old, new) == 0 { return }
    guard [EINVAL, ENOSYS, ENOTSUP].contains(errno) else { throw SystemError(code: errno) }
    let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    close(descriptor)
    guard rename(old, new) != 0 else { return }
    let code = errno
    unlink(new)
    throw SystemError(code: code)
}

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
/// Some file systems can't do that in one step, such as NFS: EINVAL, ENOSYS or ENOTSUP.
package func renameExclusively(_ old: String, to new: String) throws(SystemError) {
    guard csystem_rename_exclusively(old, new) == 0 else { throw SystemError(code: errno) }
}

import CSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Renames a file; throws EEXIST if the new name is taken.
///
/// Throws EINVAL, ENOSYS or ENOTSUP where the file system can't do that in one step, as NFS.
package func renameExclusively(_ old: String, to new: String) throws(SystemError) {
    guard csystem_rename_exclusively(old, new) == 0 else { throw SystemError(code: errno) }
}

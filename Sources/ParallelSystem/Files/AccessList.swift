import CSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The list of users and groups that may do more or less with a file than its permission bits say (acl(5)). Where there
/// is one, the bits of the group are no longer the group's rights, but the most that anybody in the list has.
///
/// Linux only: elsewhere no file has one.
package struct AccessList: Sendable {
    /// As the kernel gives and takes it.
    private let bytes: [UInt8]

    /// No extended attribute is longer (xattr(7)).
    private static let longest = 1 << 16

    /// What errors say where there is none, or where the file system knows none.
    private static let absences = [ENODATA, ENOTSUP]

    /// The list of the file at `path`, a link not followed; nil where it has none.
    package init?(path: String) throws(SystemError) {
        var code: Int32 = 0
        bytes = [UInt8](unsafeUninitializedCapacity: Self.longest) { buffer, filled in
            let count = csystem_get_acl(path, buffer.baseAddress, buffer.count)
            code = count < 0 ? errno : 0
            filled = max(0, count)
        }
        if Self.absences.contains(code) { return nil }
        if code != 0 { throw SystemError(code: code) }
    }

    /// Gives the list to an open file, whose permission bits it sets, too.
    package func set(on descriptor: Int32) throws(SystemError) {
        if csystem_set_acl(descriptor, bytes, bytes.count) != 0 { throw SystemError(code: errno) }
    }

    /// Takes the list of an open file away, which leaves the permission bits.
    package static func remove(from descriptor: Int32) throws(SystemError) {
        if csystem_remove_acl(descriptor) != 0, !absences.contains(errno) { throw SystemError(code: errno) }
    }
}

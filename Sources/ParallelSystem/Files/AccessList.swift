import CSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The access control list of a file, which grants users and groups more or less than the permission bits (acl(5)).
/// Where there is one, the group bits are not the group's rights but the most that anybody in the list has.
///
/// Linux only: elsewhere a file counts as having none.
package struct AccessList: Sendable {
    /// The list in the kernel's format.
    private let bytes: [UInt8]

    /// The maximumSize that an extended attribute can be, in bytes (xattr(7)).
    private static let maximumSize = 1 << 16

    /// The error codes for a file without a list and for a file system without lists.
    private static let absences = [ENODATA, ENOTSUP]

    /// Reads the list of the file at `path` without following a link; nil if it has none.
    package init?(path: String) throws(SystemError) {
        var code: Int32 = 0
        bytes = [UInt8](unsafeUninitializedCapacity: Self.maximumSize) { buffer, filled in
            let count = csystem_get_acl(path, buffer.baseAddress, buffer.count)
            code = count < 0 ? errno : 0
            filled = max(0, count)
        }
        if Self.absences.contains(code) { return nil }
        if code != 0 { throw SystemError(code: code) }
    }

    /// Sets the list on an open file, which also sets the file's permission bits.
    package func set(on descriptor: Int32) throws(SystemError) {
        if csystem_set_acl(descriptor, bytes, bytes.count) != 0 { throw SystemError(code: errno) }
    }

    /// Removes the list of an open file; the permission bits stay.
    package static func remove(from descriptor: Int32) throws(SystemError) {
        if csystem_remove_acl(descriptor) != 0, !absences.contains(errno) { throw SystemError(code: errno) }
    }
}

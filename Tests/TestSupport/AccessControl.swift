#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The access control lists of files (acl(5)), which Linux keeps in extended attributes.
package enum AccessControl {
    /// The list of a file itself, or the one that new files of a folder inherit.
    package enum Kind: String {
        case access = "system.posix_acl_access"
        case inherited = "system.posix_acl_default"
    }

    /// Makes a list with the rights (4 reads, 2 writes, 1 executes) of the owner, one user, the group, the mask that
    /// limits these two, and all others.
    package static func list(
        owner: UInt8 = 6, user: (id: UInt32, rights: UInt8), group: UInt8, most: UInt8, others: UInt8 = 0
    ) -> [UInt8] {
        func entry(_ tag: UInt8, _ rights: UInt8, _ id: UInt32 = .max) -> [UInt8] {
            [tag, 0, rights, 0] + (0..<4).map { UInt8(truncatingIfNeeded: id >> ($0 * 8)) }
        }
        return [2, 0, 0, 0] + entry(0x01, owner) + entry(0x02, user.rights, user.id) + entry(0x04, group)
            + entry(0x10, most) + entry(0x20, others)
    }

    /// Sets the list of a file; returns false if the system or the file system has no lists.
    package static func set(_ list: [UInt8], _ kind: Kind = .access, on path: String) -> Bool {
        typealias Function =
            @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32)
            -> Int32
        guard let setxattr = dlsym(nil, "setxattr") else { return false }
        return unsafeBitCast(setxattr, to: Function.self)(path, kind.rawValue, list, list.count, 0) == 0
    }

    /// Returns the list of a file; nil if it has none.
    package static func list(of path: String) -> [UInt8]? {
        typealias Function =
            @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer, Int)
            -> Int
        guard let lgetxattr = dlsym(nil, "lgetxattr") else { return nil }
        var list = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafeBitCast(lgetxattr, to: Function.self)(path, Kind.access.rawValue, &list, list.count)
        return count < 0 ? nil : Array(list.prefix(count))
    }

    /// Whether files in the folder for temporary files can have lists.
    package static let isThere: Bool = {
        guard let directory = try? TemporaryDirectory() else { return false }
        return set(list(user: (1, 4), group: 0, most: 4), on: directory.path)
    }()
}

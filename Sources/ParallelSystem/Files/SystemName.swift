#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The operating system.
package enum SystemName {
    /// Its name and version for people where it has one, then name, version and machine of uname(2): `Debian GNU/Linux
    /// 13, Linux 6.1.0 x86_64`.
    package static var text: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        let kernel = [text(&name.sysname), text(&name.release), text(&name.machine)].joined(separator: " ")
        // https://www.freedesktop.org/software/systemd/man/latest/os-release.html
        let release = (try? UserFile.readRegular("/etc/os-release", upTo: 1 << 16)) ?? []
        let line = String(decoding: release, as: UTF8.self).parts(between: "\n").first {
            $0.begins(with: "PRETTY_NAME=")
        }
        return (line.map { "\($0.dropping(bytes: 12).trimmed { $0 == "\"" }), " } ?? "") + kernel
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where this machine keeps the certificate authorities it trusts.
package enum SystemCertificates {
    /// Where libcurl is to look.
    package enum Place: Equatable {
        case directory(String)
        case file(String)
        /// Whatever libcurl was built with: the keychain's export on macOS.
        case libraryDefault
        /// There are none in any usual place; libcurl is left to look where it was built to.
        case nowhere
    }

    /// Where distributions keep the certificates one by one; the first that has hashed names is taken.
    package static let directories = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs"]
    /// Where distributions keep all of them in one file; the first that can be read is taken.
    package static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// Prefers a directory of hashed names: OpenSSL then reads the one or two certificates it needs, where the bundle
    /// file costs 25 to 45 ms of parsing in every process.
    package static func find(directories: [String] = directories, bundles: [String] = bundles) -> Place {
        #if canImport(Darwin)
            return .libraryDefault
        #else
            if let directory = directories.first(where: hasHashedNames) { return .directory(directory) }
            if let bundle = bundles.first(where: { access($0, R_OK) == 0 }) { return .file(bundle) }
            return .nowhere
        #endif
    }

    /// Whether `directory` holds names such as `4042bcee.0`, which `openssl rehash` makes.
    private static func hasHashedNames(_ directory: String) -> Bool {
        guard let stream = opendir(directory) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                Array(bytes.prefix { $0 != 0 })
            }
            let isHash = name.prefix(8).allSatisfy { $0.isASCIIDigit || (97...102).contains($0) }
            if name.count == 10, isHash, name.suffix(2).elementsEqual(".0".utf8) { return true }
        }
        return false
    }
}

import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds the certificate authorities that this machine trusts.
package enum SystemCertificates {
    /// Where libcurl should look for authorities.
    package enum Place: Equatable {
        case directory(String)
        case file(String)
        /// The place that libcurl was built with: on macOS the keychain's export.
        case libraryDefault
        /// None of the usual places has any; libcurl looks in the place it was built with.
        case nowhere
    }

    /// Directories where distributions keep one file per certificate; the first with hashed names is used.
    package static let directories = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs"]
    /// Files where distributions keep all certificates together; the first readable one is used.
    package static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// Returns the place to use. Prefers a directory of hashed names, of which OpenSSL reads only the one or two
    /// certificates it needs; parsing the bundle file takes every process 25 to 45 ms.
    package static func find(directories: [String] = directories, bundles: [String] = bundles) -> Place {
        #if canImport(Darwin)
            return .libraryDefault
        #else
            if let directory = directories.first(where: hasHashedNames) { return .directory(directory) }
            if let bundle = bundles.first(where: { access($0, R_OK) == 0 }) { return .file(bundle) }
            return .nowhere
        #endif
    }

    /// Whether `directory` has file names such as `4042bcee.0`, which `openssl rehash` makes.
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

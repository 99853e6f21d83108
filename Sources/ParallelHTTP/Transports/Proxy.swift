import ParallelSystem

/// A proxy as a variable of the environment gives it: `[scheme://][user:password@]host[:port]`.
package struct Proxy: Sendable, Hashable {
    /// As it was written, for libcurl; may hold a password.
    package let text: String
    /// Lower case; `http` where none was written.
    package let scheme: String
    /// Host and port, for a person; without user and password.
    package let place: String

    /// What libcurl can use. https://curl.se/libcurl/c/CURLOPT_PROXY.html
    private static let schemes = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"]

    /// Reads the value of `variable`. Throws `HTTPError` of kind `proxy` where it is none that can be used, without
    /// repeating what may be a password.
    init(_ text: String, from variable: String) throws(HTTPError) {
        func error(_ what: String) -> HTTPError {
            HTTPError(.proxy, "\(variable) is no proxy that can be used: \(what)", mayHaveBeenSent: false)
        }
        if text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            throw error("it has a blank or a control character in it")
        }
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        var scheme = "http"
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[(colon + 1)...].starts(with: "//".utf8) {
            scheme = String(decoding: rest[..<colon], as: UTF8.self).asciiLowercased
            rest = rest[(colon + 3)...]
            guard Self.schemes.contains(scheme) else {
                throw error("its scheme is none of \(Self.schemes.joined(separator: ", "))")
            }
        }
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let at = authority.lastIndex(of: UInt8(ascii: "@"))
        let place = Self.place(authority[(at.map { $0 + 1 } ?? authority.startIndex)...], scheme)
        let named = place.map { " (the proxy \($0))" } ?? ""
        if let at, authority[..<at].contains(UInt8(ascii: "@")) {
            throw error("an @ in its user name or password is written %40\(named)")
        }
        if rest[authority.endIndex...].contains(UInt8(ascii: "@")) {
            throw error("in its user name or password @ is written %40, / %2F, ? %3F and # %23")
        }
        guard let place else {
            throw error("it should be http://HOST:PORT, with USER:PASSWORD@ in front of HOST if needed")
        }
        self.text = text
        self.scheme = scheme
        self.place = place
    }

    /// Host and port where `bytes` are a host and maybe a port; libcurl's port where there is none.
    private static func place(_ bytes: ArraySlice<UInt8>, _ scheme: String) -> String? {
        var host = bytes
        var port = scheme == "https" ? 443 : 1080
        let portStart = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
        if let colon = bytes[portStart...].firstIndex(of: UInt8(ascii: ":")) {
            guard let number = UInt16(decimal: bytes[(colon + 1)...]), number > 0 else { return nil }
            port = Int(number)
            host = bytes[..<colon]
        }
        let name = String(decoding: host, as: UTF8.self)
        let isAddress =
            host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
            && HTTPURL.ipv6Bytes(String(decoding: host.dropFirst().dropLast(), as: UTF8.self)) != nil
        let isName =
            !host.isEmpty && host.allSatisfy { $0.isASCIILetterOrDigit || $0 >= 0x80 || "-._".utf8.contains($0) }
        return isAddress || isName ? "\(name):\(port)" : nil
    }
}

extension FixedWidthInteger {
    /// Nil unless `bytes` are digits, at least one, of a number that fits.
    init?(decimal bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty, bytes.allSatisfy(\.isASCIIDigit) else { return nil }
        self.init(String(decoding: bytes, as: UTF8.self))
    }
}

import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The reason why a text is not a URL that this program can call.
package struct HTTPURLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence without the text itself, which may hold a password.
    package let reason: String
    package var description: String { reason }
}

/// An absolute http or https URL without user information and without a fragment (RFC 3986, RFC 9110 §4.2).
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host in lower case; an IPv6 address has no brackets.
    package let host: String
    /// The port; 80 or 443 if none was written.
    package let port: Int
    /// The percent-encoded path; begins with `/`.
    package let path: String
    /// The percent-encoded query, without the `?`.
    package let query: String?

    /// Parses what a person or a server wrote; throws rather than guesses.
    package init(_ text: String) throws(HTTPURLError) {
        if text.isEmpty { throw HTTPURLError(reason: "the URL is empty") }
        // Software disagrees on what these mean inside a URL, which is how requests end up at the wrong host.
        if text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }) {
            throw HTTPURLError(reason: "a URL holds no spaces, control characters or backslashes")
        }
        let parts = URIReference(text)
        guard let scheme = parts.scheme, let authority = parts.authority, ["http", "https"].contains(scheme) else {
            throw HTTPURLError(reason: "a URL starts with https:// or http://")
        }
        if authority.utf8.contains(UInt8(ascii: "@")) {
            throw HTTPURLError(reason: "a URL with a user name or password in it is refused")
        }
        let defaultPort = Self.defaultPort(scheme)
        (host, port) = try Self.hostAndPort(authority, defaultPort: defaultPort)
        self.scheme = scheme
        path = parts.path.isEmpty ? "/" : Self.encode(parts.path, keeping: PercentEncoding.isPathByte)
        query = parts.query.map { Self.encode($0, keeping: PercentEncoding.isQueryByte) }
    }

    /// `http://localhost/`.
    package static let thisMachine = HTTPURL(host: "localhost")

    private init(host: String) {
        (scheme, self.host, port, path, query) = ("http", host, 80, "/", nil)
    }

    private init(_ base: HTTPURL, path: String, query: String?) {
        scheme = base.scheme
        host = base.host
        port = base.port
        self.path = path
        self.query = query
    }

    package var description: String { origin + path + (query.map { "?" + $0 } ?? "") }

    /// `scheme://host`, and the port if it is not the scheme's default (RFC 6454 §6.2).
    package var origin: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme)://\(name)" + (port == Self.defaultPort(scheme) ? "" : ":\(port)")
    }

    /// Whether the host name itself says that it is this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        if host == "localhost" || host.ends(with: ".localhost") { return true }
        if Self.looksLikeIPv4(host) { return host.begins(with: "127.") }
        return Self.ipv6Bytes(host) == Array(repeating: 0, count: 15) + [1]
    }

    /// Returns the URL with `path` appended to its path and `query` to its query.
    ///
    /// Of `path`, only bytes that no path may hold are encoded and escapes stay, so identifiers must go through
    /// `encodeSegment` first. Names and values in `query` are fully encoded.
    package func appending(path more: String, query items: [(String, String)] = []) -> HTTPURL {
        var path = self.path
        if !more.isEmpty {
            if path.ends(with: "/") { path.removeLast() }
            let encoded = Self.encode(more, keeping: PercentEncoding.isPathByte)
            path += encoded.begins(with: "/") ? encoded : "/" + encoded
        }
        let added = items.map { "\(Self.encodeUnreserved($0.0))=\(Self.encodeUnreserved($0.1))" }
        let all = (query.map { $0.isEmpty ? [] : [$0] } ?? []) + added
        return HTTPURL(self, path: path, query: all.isEmpty ? query : all.joined(separator: "&"))
    }

    /// Resolves `reference`, the value of a `Location` field, against this URL (RFC 3986 §5.2).
    package func resolving(_ reference: String) throws(HTTPURLError) -> HTTPURL {
        let parts = URIReference(reference)
        if parts.scheme != nil { return try HTTPURL(reference) }
        if parts.authority != nil { return try HTTPURL("\(scheme):\(reference)") }
        let merged: String
        if parts.path.isEmpty {
            merged = path
        } else if parts.path.begins(with: "/") {
            merged = URIReference.removingDotSegments(parts.path)
        } else {
            let folder = path[...(path.lastPlace(of: "/") ?? path.startIndex)]
            merged = URIReference.removingDotSegments(folder + parts.path)
        }
        let newQuery = parts.query ?? (parts.path.isEmpty ? query : nil)
        return try HTTPURL(origin + merged + (newQuery.map { "?" + $0 } ?? ""))
    }

    /// Returns `text` as one path segment, with everything but unreserved characters encoded.
    ///
    /// `.` and `..` are encoded twice: servers decode `%2E%2E` before they resolve dots, so encoding once would still
    /// leave the folder.
    package static func encodeSegment(_ text: String) -> String {
        if text == "." || text == ".." { return String(repeating: "%252E", count: text.utf8.count) }
        return encodeUnreserved(text)
    }

    private static func encodeUnreserved(_ text: String) -> String {
        encode(text, keeping: PercentEncoding.isUnreserved)
    }

    private static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        String(decoding: PercentEncoding.encode(text.utf8, keeping: isKept), as: UTF8.self)
    }

    static func defaultPort(_ scheme: String) -> Int { scheme == "https" ? 443 : 80 }

    private static func hostAndPort(
        _ authority: String, defaultPort: Int
    ) throws(HTTPURLError) -> (host: String, port: Int) {
        let bytes = Array(authority.utf8)
        let isBracketed = bytes.first == UInt8(ascii: "[")
        let hostEnd: Int
        if isBracketed {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else {
                throw HTTPURLError(reason: "the URL's IPv6 address lacks its closing bracket")
            }
            hostEnd = close + 1
        } else {
            hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        }
        var port = defaultPort
        if hostEnd < bytes.endIndex {
            let digits = bytes[(hostEnd + 1)...]
            guard bytes[hostEnd] == UInt8(ascii: ":"), digits.allSatisfy(\.isASCIIDigit) else {
                throw HTTPURLError(reason: "the URL's port is not a number")
            }
            if !digits.isEmpty {
                guard let number = UInt16(String(decoding: digits, as: UTF8.self)), number > 0 else {
                    throw HTTPURLError(reason: "the URL's port is not between 1 and 65535")
                }
                port = Int(number)
            }
        }
        let name = String(decoding: bytes[..<hostEnd], as: UTF8.self).asciiLowercased
        if isBracketed {
            let address = String(name.dropFirst().dropLast())
            guard ipv6Bytes(address) != nil else {
                throw HTTPURLError(reason: "the URL's IPv6 address is not valid")
            }
            return (address, port)
        }
        try checkName(name)
        return (name, port)
    }

    private static func checkName(_ name: String) throws(HTTPURLError) {
        if name.isEmpty { throw HTTPURLError(reason: "the URL has no host") }
        if name.utf8.contains(where: { $0 >= 0x80 }) {
            throw HTTPURLError(reason: "the URL's host is not ASCII; write it in its xn-- form")
        }
        guard name.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "-._".utf8.contains($0) }) else {
            throw HTTPURLError(reason: "the URL's host has a character that no host name may have")
        }
        // 127.1, 0177.0.0.1 and 2130706433 mean 127.0.0.1 to some resolvers and a name to others.
        let lastLabel = name.utf8.split(separator: UInt8(ascii: ".")).last
        let endsInNumber = lastLabel.map { label in
            label.allSatisfy(\.isASCIIDigit) || label.starts(with: "0x".utf8)
        }
        if endsInNumber ?? true, !looksLikeIPv4(name) {
            throw HTTPURLError(reason: "the URL's host is neither a name nor an IPv4 address of four numbers")
        }
    }

    static func looksLikeIPv4(_ host: String) -> Bool {
        let octets = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { octet in
                let text = String(decoding: octet, as: UTF8.self)
                return UInt8(text).map { String($0) == text } ?? false
            }
    }

    static func ipv6Bytes(_ host: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, host, &bytes) == 1 ? bytes : nil
    }
}

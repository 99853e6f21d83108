import ParallelSystem

/// Sends the cookies of an origin back to it (RFC 6265), because load balancers tell by a cookie which machine has the
/// session.
///
/// Cookies live as long as this value, in memory. They go to the origin that set them and to no other one, even if
/// their `Domain` allows more.
package struct CookieTransport: HTTPTransport {
    private struct Cookie {
        let origin: String
        let name: String
        let value: String
        let path: String
        let isSecure: Bool
        /// When it ends, in seconds since 1970; nil: never.
        let expiry: Int?
    }

    /// The maximum number of cookies; the oldest ones are dropped.
    private static let maximumCookies = 50
    /// The maximum size of one, in bytes (RFC 6265 §6.1).
    private static let maximumSize = 4096

    private let wrapped: any HTTPTransport
    private let now: @Sendable () -> Int
    private let cookies = Lock<[Cookie]>([])

    /// - Parameter now: seconds since 1970.
    package init(_ wrapped: any HTTPTransport, now: @escaping @Sendable () -> Int) {
        self.wrapped = wrapped
        self.now = now
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        let pairs = cookies.withLock { $0.filter { applies($0, to: request.url) }.map { "\($0.name)=\($0.value)" } }
        if !pairs.isEmpty {
            let given = request.headers["cookie"].map { [$0] } ?? []
            request.headers.set("cookie", (given + pairs).joined(separator: "; "), secret: true)
        }
        let response = try await wrapped.send(request)
        for field in response.headers where HTTPHeaders.matches(field.name, "set-cookie") {
            store(field.value, from: request.url)
        }
        return response
    }

    private func applies(_ cookie: Cookie, to url: HTTPURL) -> Bool {
        guard cookie.origin == url.origin, cookie.expiry.map({ $0 > now() }) ?? true,
            !cookie.isSecure || url.scheme == "https" || url.isLoopback
        else { return false }
        // RFC 6265 §5.1.4.
        let folder = cookie.path.ends(with: "/") ? cookie.path : cookie.path + "/"
        return url.path == cookie.path || url.path.begins(with: folder)
    }

    /// Stores a cookie, replaces the one of the same name and path, or removes it if it has expired (RFC 6265 §5.3).
    private func store(_ field: String, from url: HTTPURL) {
        let parts = field.parts(between: ";").map { Self.pair($0) }
        guard let (name, value) = parts.first, !name.isEmpty, name.utf8.count + value.utf8.count <= Self.maximumSize,
            field.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return }
        var path = String(url.path[..<(url.path.lastPlace(of: "/") ?? url.path.startIndex)])
        var isSecure = false
        var end: Int?
        var hasMaximumAge = false
        for (attribute, value) in parts.dropFirst() {
            switch attribute.asciiLowercased {
            case "path" where value.begins(with: "/"): path = value
            case "secure": isSecure = true
            case "domain":
                let domain = value.dropping(bytes: value.begins(with: ".") ? 1 : 0).asciiLowercased
                guard domain.isEmpty || url.host == domain || url.host.ends(with: "." + domain) else { return }
            case "max-age":
                guard let seconds = Int(value) else { continue }
                (end, hasMaximumAge) = (seconds > 0 ? now() + min(seconds, 1 << 40) : 0, true)
            case "expires" where !hasMaximumAge:
                // Many servers write the dates of the first cookies, with dashes: 21-Oct-2026.
                end = HTTPDate.parse(value, now: now()) ?? HTTPDate.parse(Self.withoutDashes(value), now: now())
            default: break
            }
        }
        let cookie = Cookie(
            origin: url.origin, name: name, value: value, path: path.isEmpty ? "/" : path, isSecure: isSecure,
            expiry: end)
        cookies.withLock { cookies in
            cookies.removeAll {
                $0.origin == cookie.origin && $0.name.isExactly(name) && $0.path.isExactly(cookie.path)
            }
            if end.map({ $0 > now() }) ?? true { cookies.append(cookie) }
            cookies.removeFirst(max(0, cookies.count - Self.maximumCookies))
        }
    }

    private static func pair(_ text: Substring) -> (name: String, value: String) {
        guard let equals = text.place(of: "=") else { return (String(text.trimmed), "") }
        let (name, value) = text.halves(around: equals)
        return (String(name.trimmed), String(value.trimmed))
    }

    private static func withoutDashes(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

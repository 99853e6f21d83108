import Dispatch
import FlyingSocks
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The parts of an `http` URL that are needed for a connection and a request line.
struct HTTPAddress: Sendable {
    let host: String
    let port: UInt16
    /// Host and port as in the URL.
    let authority: String
    /// The request target: path and query.
    let target: String

    init(_ url: String) throws {
        guard let separator = url.firstRange(of: "://") else { throw MCPError("'\(url)' is no URL") }
        guard url[..<separator.lowerBound].lowercased() == "http" else {
            throw MCPError("the sandbox reaches MCP servers over http only, not \(url[..<separator.lowerBound])")
        }
        let rest = url[separator.upperBound...].prefix { $0 != "#" }
        authority = String(rest.prefix { $0 != "/" && $0 != "?" })
        let target = rest.dropFirst(authority.count)
        self.target = target.begins(with: "/") ? String(target) : "/" + target
        guard !authority.contains("@") else { throw MCPError("user names in URLs are not supported") }
        var portText = Substring()
        if authority.begins(with: "["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            portText = authority[authority.index(after: end)...]
        } else {
            host = String(authority.prefix { $0 != ":" })
            portText = authority.dropFirst(host.count)
        }
        guard portText.isEmpty || portText.begins(with: ":"),
            let port = UInt16(portText.isEmpty ? "80" : portText.dropFirst())
        else { throw MCPError("'\(authority)' has no valid port") }
        self.port = port
    }

    /// Looks up the host's socket addresses on a thread that may block.
    func resolve() async throws -> [any SocketAddress] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try lookUp() }) }
        }
    }

    private func lookUp() throws -> [any SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else { throw MCPError("cannot find \(host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        var addresses: [any SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.ai_addr else { continue }
            let raw = UnsafeRawPointer(address)
            switch entry.ai_family {
            case AF_INET: addresses.append(raw.loadUnaligned(as: sockaddr_in.self))
            case AF_INET6: addresses.append(raw.loadUnaligned(as: sockaddr_in6.self))
            default: break
            }
        }
        return addresses
    }
}

import ParallelSystem

/// A request that `LoopbackServer` has received.
package struct ServerRequest: Sendable {
    /// The method, in the letters that were sent.
    package let method: String
    /// The percent-encoded path; begins with `/`.
    package let path: String
    /// The percent-encoded query, without the `?`.
    package let query: String?
    package let headers: HTTPHeaders
    package fileprivate(set) var body: [UInt8] = []
    /// Whether the client understands chunks and several requests on a connection.
    let isHTTP11: Bool

    /// Whether the connection may carry another request.
    var keepsConnection: Bool {
        isHTTP11 && headers["connection"]?.asciiLowercased != "close"
    }

    /// Returns the fields of the query, decoded (RFC 6749 appendix B). Of equal names, each is there.
    package var queryItems: [(name: String, value: String)] { FormFields.parse(query ?? "") }

    /// Parses the lines of a head, without the empty one at its end (RFC 9112 §3, §5).
    fileprivate init(head: [UInt8]) throws(ServerRequestError) {
        guard let text = String(validating: head, as: UTF8.self), !text.utf8.contains(0) else { throw .malformed }
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == 0x0D ? line.dropLast() : line))
        }[...]
        let words = (lines.popFirst() ?? "").parts(between: " ").map(String.init)
        guard words.count == 3, HTTPHeaders.isValidName(words[0]) else { throw .malformed }
        guard words[2].begins(with: "HTTP/1.") else { throw ServerRequestError(status: 505) }
        isHTTP11 = words[2] != "HTTP/1.0"
        method = words[0]
        // Only proxies get whole URLs.
        guard words[1].begins(with: "/"), !words[1].utf8.contains(where: { $0 < 0x21 || $0 == 0x7F }) else {
            throw .malformed
        }
        let mark = words[1].place(of: "?")
        path = mark.map { String(words[1][..<$0]) } ?? words[1]
        query = mark.map { String(words[1].halves(around: $0).1) }
        var fields = HTTPHeaders()
        for line in lines {
            guard let colon = line.place(of: ":") else { throw .malformed }
            let (name, value) = line.halves(around: colon)
            // A name with a space behind it, and a line that continues the one before, mean different things to
            // different programs.
            guard HTTPHeaders.isValidName(String(name)), HTTPHeaders.isValidValue(String(value)) else {
                throw .malformed
            }
            fields.add(String(name), String(value.trimmed { $0 == " " || $0 == "\t" }))
        }
        headers = fields
    }
}

/// Why a request is answered with an error before anybody looks at it.
struct ServerRequestError: Error {
    let status: Int

    static let malformed = ServerRequestError(status: 400)
}

/// Reads the requests of one connection.
struct ServerRequestReader {
    let socket: ServerSocket
    let limits: LoopbackServer.Limits
    private var buffer: [UInt8] = []

    init(socket: ServerSocket, limits: LoopbackServer.Limits) {
        self.socket = socket
        self.limits = limits
    }

    /// Whether bytes of another request have come.
    var hasMore: Bool { !buffer.isEmpty }

    /// Returns the next request; nil if the client closes the connection, or doesn't send one in time. Throws
    /// `ServerRequestError`.
    mutating func next() async throws -> ServerRequest? {
        do {
            var request = try ServerRequest(head: try await head())
            request.body = try await body(of: request)
            return request
        } catch is ServerSocket.Ended {
            return nil
        }
    }

    private mutating func head() async throws -> [UInt8] {
        // The first byte may come late on a connection that is kept; from then on the client must not dawdle.
        if buffer.isEmpty { try await fill(until: .now + limits.idle) }
        let deadline = ContinuousClock.now + limits.request
        var searched = 0
        while true {
            let from = max(searched - 3, 0)
            if let end = Self.end(ofHeadIn: buffer[from...]) {
                defer { buffer.removeFirst(end.next) }
                return Array(buffer[..<end.head])
            }
            guard buffer.count < LoopbackServer.maximumHeadBytes else { throw ServerRequestError(status: 431) }
            searched = buffer.count
            try await fill(until: deadline)
        }
    }

    /// Returns where a head ends and what follows begins: at an empty line, behind CR LF or LF (RFC 9112 §2.2).
    private static func end(ofHeadIn bytes: ArraySlice<UInt8>) -> (head: Int, next: Int)? {
        var place = bytes.startIndex
        while let feed = bytes[place...].firstIndex(of: 0x0A) {
            let rest = bytes[(feed + 1)...]
            let head = feed > bytes.startIndex && bytes[feed - 1] == 0x0D ? feed - 1 : feed
            if rest.first == 0x0A { return (head, feed + 2) }
            if rest.starts(with: [0x0D, 0x0A]) { return (head, feed + 3) }
            place = feed + 1
        }
        return nil
    }

    private mutating func body(of request: ServerRequest) async throws -> [UInt8] {
        let lengths = request.headers.filter { HTTPHeaders.matches($0.name, "content-length") }.map(\.value)
        let codings = request.headers.filter { HTTPHeaders.matches($0.name, "transfer-encoding") }.map(\.value)
        // Who believes the one and who the other would see different requests (RFC 9112 §6.3).
        guard codings.isEmpty || lengths.isEmpty, codings.count < 2, Set(lengths).count < 2 else {
            throw ServerRequestError.malformed
        }
        let deadline = ContinuousClock.now + limits.request
        if let coding = codings.first {
            guard coding.asciiLowercased == "chunked" else { throw ServerRequestError(status: 501) }
            try await agree(to: request)
            return try await chunks(until: deadline)
        }
        guard let text = lengths.first else { return [] }
        guard text.utf8.allSatisfy(\.isASCIIDigit), let length = Int(text) else { throw ServerRequestError.malformed }
        guard length <= limits.body else { throw ServerRequestError(status: 413) }
        if length > 0 { try await agree(to: request) }
        return try await take(length, until: deadline)
    }

    /// Answers a client that waits to be told to send the body (RFC 9110 §10.1.1).
    private func agree(to request: ServerRequest) async throws {
        guard request.headers["expect"]?.asciiLowercased == "100-continue", buffer.isEmpty else { return }
        try await socket.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    private mutating func chunks(until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try await self.line(until: deadline)
            let digits = String(Substring(line.utf8.prefix { $0 != UInt8(ascii: ";") })).trimmed
            guard (1...7).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0.hexDigitValue != nil }),
                let length = Int(digits, radix: 16)
            else { throw ServerRequestError.malformed }
            if length == 0 { break }
            guard body.count + length <= limits.body else { throw ServerRequestError(status: 413) }
            body += try await take(length, until: deadline)
            guard try await take(2, until: deadline) == [0x0D, 0x0A] else { throw ServerRequestError.malformed }
        }
        // Trailers are dropped.
        while try await !line(until: deadline).isEmpty {}
        return body
    }

    private mutating func line(until deadline: ContinuousClock.Instant) async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = buffer[..<end]
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }
            guard buffer.count < 1024 else { throw ServerRequestError.malformed }
            try await fill(until: deadline)
        }
    }

    private mutating func take(_ count: Int, until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
        while buffer.count < count { try await fill(until: deadline) }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private mutating func fill(until deadline: ContinuousClock.Instant) async throws {
        let bytes = try await socket.received(until: deadline)
        if bytes.isEmpty { throw ServerSocket.Ended() }
        buffer += bytes
    }
}

/// The events of a body, as they arrive. Ends with the body, and throws what ends it early or `ServerSentEventError`.
package struct ServerSentEventStream: AsyncSequence, Sendable {
    package typealias Element = ServerSentEvent

    private let body: HTTPBody
    private let limit: Int
    private let countsComments: Bool

    /// - Parameters:
    ///   - limit: the most one event may hold, in bytes.
    ///   - countsComments: whether comments are progress too (`Timeouts.progress`), as where nothing may happen for
    ///     long.
    package init(_ body: HTTPBody, limit: Int = HTTPRequest.usualBodyBytes, countsComments: Bool = true) {
        self.body = body
        self.limit = limit
        self.countsComments = countsComments
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(
            chunks: body.makeAsyncIterator(), parser: ServerSentEventParser(limit: limit),
            countsComments: countsComments)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var chunks: HTTPBody.AsyncIterator
        /// Shows the ids and delays that came without an event.
        package private(set) var parser: ServerSentEventParser
        private var ready: ArraySlice<ServerSentEvent> = []

        private let countsComments: Bool

        fileprivate init(chunks: HTTPBody.AsyncIterator, parser: ServerSentEventParser, countsComments: Bool) {
            self.chunks = chunks
            self.parser = parser
            self.countsComments = countsComments
        }

        package mutating func next() async throws -> ServerSentEvent? { try await next(isolation: nil) }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> ServerSentEvent? {
            while ready.isEmpty {
                guard let chunk = try await chunks.next(isolation: actor) else { return nil }
                let before = parser.pieces
                ready = try parser.feed(chunk)[...]
                let hasComment = countsComments && parser.pieces.comments > before.comments
                if parser.pieces.events > before.events || hasComment { chunks.noteProgress() }
            }
            return ready.removeFirst()
        }
    }
}

/// The events of a body as they arrive. Ends with the body; throws `ServerSentEventError` or the error that ends the
/// body early.
package struct ServerSentEventStream: AsyncSequence, Sendable {
    package typealias Element = ServerSentEvent

    private let body: HTTPBody
    private let limit: Int
    private let isNews: (@Sendable (ServerSentEvent) -> Bool)?

    /// - Parameters:
    ///   - limit: the maximum size of an event, in bytes.
    ///   - isNews: whether an event counts as progress (`Timeouts.progress`). Nil: all events and comments do, for
    ///     streams that may be quiet for long.
    package init(
        _ body: HTTPBody, limit: Int = HTTPRequest.usualBodyBytes,
        isNews: (@Sendable (ServerSentEvent) -> Bool)? = nil
    ) {
        self.body = body
        self.limit = limit
        self.isNews = isNews
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(
            chunks: body.makeAsyncIterator(), parser: ServerSentEventParser(limit: limit), isNews: isNews)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var chunks: HTTPBody.AsyncIterator
        /// The parser, which also has the ids and delays that came without an event.
        package private(set) var parser: ServerSentEventParser
        private var ready: ArraySlice<ServerSentEvent> = []

        private let isNews: (@Sendable (ServerSentEvent) -> Bool)?

        fileprivate init(
            chunks: HTTPBody.AsyncIterator, parser: ServerSentEventParser,
            isNews: (@Sendable (ServerSentEvent) -> Bool)?
        ) {
            self.chunks = chunks
            self.parser = parser
            self.isNews = isNews
        }

        package mutating func next() async throws -> ServerSentEvent? { try await next(isolation: nil) }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> ServerSentEvent? {
            while ready.isEmpty {
                guard let chunk = try await chunks.next(isolation: actor) else { return nil }
                let before = parser.pieceCount
                ready = try parser.feed(chunk)[...]
                if isNews.map({ ready.contains(where: $0) }) ?? (parser.pieceCount > before) { chunks.noteProgress() }
            }
            return ready.removeFirst()
        }
    }
}

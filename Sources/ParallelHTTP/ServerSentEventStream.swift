/// The events of a body, as they arrive. Ends with the body, and throws what ends it early or `ServerSentEventError`.
package struct ServerSentEventStream: AsyncSequence, Sendable {
    package typealias Element = ServerSentEvent

    private let body: HTTPBody
    private let limit: Int

    /// - Parameter limit: the most one event may hold, in bytes.
    package init(_ body: HTTPBody, limit: Int = 16 << 20) {
        self.body = body
        self.limit = limit
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: body.makeAsyncIterator(), parser: ServerSentEventParser(limit: limit))
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var chunks: HTTPBody.AsyncIterator
        /// Shows the ids and delays that came without an event.
        package private(set) var parser: ServerSentEventParser
        private var ready: ArraySlice<ServerSentEvent> = []

        fileprivate init(chunks: HTTPBody.AsyncIterator, parser: ServerSentEventParser) {
            self.chunks = chunks
            self.parser = parser
        }

        package mutating func next() async throws -> ServerSentEvent? { try await next(isolation: nil) }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> ServerSentEvent? {
            while ready.isEmpty {
                guard let chunk = try await chunks.next(isolation: actor) else { return nil }
                ready = try parser.feed(chunk)[...]
            }
            return ready.removeFirst()
        }
    }
}

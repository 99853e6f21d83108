import ParallelSystem

/// The body of a response, in chunks as they arrive.
///
/// A streamed body can be read once, by one task; later iterations continue where the first stopped. Dropping an unread
/// body ends the transfer.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    fileprivate enum Source: Sendable {
        case bytes([UInt8])
        case transfer(any StreamedBody)
        case chunks(AsyncThrowingStream<[UInt8], any Error>)
    }

    private let source: Source

    package init(_ bytes: [UInt8]) { source = .bytes(bytes) }

    /// Makes a body from other chunks, for example a test's.
    package init(chunks: AsyncThrowingStream<[UInt8], any Error>) { source = .chunks(chunks) }

    init(_ streamed: any StreamedBody) { source = .transfer(streamed) }

    /// Returns the body as `change` makes it, chunk by chunk; at the end, it gets nil and returns what is left.
    package func changed(_ change: @escaping @Sendable ([UInt8]?) throws -> [UInt8]) throws -> HTTPBody {
        if let wholeBytes { return HTTPBody(try change(wholeBytes) + change(nil)) }
        return HTTPBody(ChangedBody(self, change))
    }

    /// The body itself, unless it is still arriving.
    package var wholeBytes: [UInt8]? { if case .bytes(let bytes) = source { bytes } else { nil } }

    package func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .bytes(let bytes): AsyncIterator(state: .bytes(bytes))
        case .transfer(let streamed): AsyncIterator(state: .transfer(streamed))
        case .chunks(let chunks): AsyncIterator(state: .chunks(chunks.makeAsyncIterator()))
        }
    }

    /// Returns the whole body. Throws `HTTPError` of kind `tooLarge` beyond `limit` bytes, and the error that ends the
    /// stream early.
    package func collect(upTo limit: Int = HTTPRequest.usualBodyBytes) async throws -> [UInt8] {
        var all: [UInt8] = []
        do {
            for try await chunk in self {
                if chunk.count > limit - all.count {
                    all += chunk.prefix(limit - all.count)
                    throw HTTPError.tooLarge(limit: limit)
                }
                if all.isEmpty { all = chunk } else { all += chunk }
            }
        } catch var error as HTTPError where error.received.isEmpty {
            error.received = Array(all.prefix(HTTPError.maximumReceived))
            throw error
        }
        return all
    }

    /// Returns the first `limit` bytes, or fewer if the body ends or breaks off; leaves the rest unread.
    package func beginning(upTo limit: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        var chunks = makeAsyncIterator()
        while bytes.count < limit, let chunk = try? await chunks.next() { bytes += chunk.prefix(limit - bytes.count) }
        return bytes
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate enum State {
            case bytes([UInt8])
            case transfer(any StreamedBody)
            case chunks(AsyncThrowingStream<[UInt8], any Error>.AsyncIterator)
        }

        fileprivate var state: State

        /// Tells that what was read is progress, which `Timeouts.progress` waits for.
        func noteProgress() {
            if case .transfer(let streamed) = state { streamed.noteProgress() }
        }

        /// Returns the next chunk, never an empty one; nil at the end.
        package mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(any Error) -> [UInt8]? {
            switch state {
            case .bytes(let bytes):
                state = .bytes([])
                return bytes.isEmpty ? nil : bytes
            case .transfer(let streamed):
                return try await streamed.next()
            case .chunks(var iterator):
                defer { state = .chunks(iterator) }
                while let chunk = try await iterator.next(isolation: actor) {
                    if !chunk.isEmpty { return chunk }
                }
                return nil
            }
        }
    }
}

/// A body that is still arriving, as its reader sees it.
protocol StreamedBody: AnyObject, Sendable {
    /// Tells that what was read is progress, which `Timeouts.progress` waits for.
    func noteProgress()
    /// Returns the next chunk, never an empty one; nil at the end.
    func next() async throws -> [UInt8]?
}

/// A body whose chunks are changed as they come.
private final class ChangedBody: StreamedBody {
    private let body: HTTPBody
    private let change: @Sendable ([UInt8]?) throws -> [UInt8]
    private let isOver = Lock(false)

    init(_ body: HTTPBody, _ change: @escaping @Sendable ([UInt8]?) throws -> [UInt8]) {
        (self.body, self.change) = (body, change)
    }

    func noteProgress() {}

    func next() async throws -> [UInt8]? {
        // Each iteration continues where the one before has stopped.
        var chunks = body.makeAsyncIterator()
        while !isOver.withLock({ $0 }) {
            let chunk = try await chunks.next()
            if chunk == nil { isOver.withLock { $0 = true } }
            let changed = try change(chunk)
            if !changed.isEmpty { return changed }
        }
        return nil
    }
}

extension HTTPError {
    static func tooLarge(limit: Int) -> HTTPError {
        let size = limit < 1 << 20 ? "\(limit) bytes" : "\(limit >> 20) MiB"
        return HTTPError(.tooLarge, "the answer is larger than \(size)", mayHaveBeenSent: true)
    }
}

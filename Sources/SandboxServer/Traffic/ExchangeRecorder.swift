import ParallelSystem

/// The last requests and their answers, for the sandbox's page. Their number and the kept part of bodies are limited.
final class ExchangeRecorder: Sendable {
    static let limit = 500
    private static let slack = 100

    enum Progress: String, Sendable {
        case waiting, streaming, done, dropped, truncated
        /// The client went away, or the sandbox could not answer.
        case broken
    }

    struct Exchange: Sendable {
        let number: Int
        /// The request; its body is in `body`.
        let request: Request
        let body: CutText
        /// Milliseconds since 1970.
        let time = WallClock.milliseconds()
        fileprivate let start = ContinuousClock.now
        /// The recorder's version at the last change.
        fileprivate(set) var version: Int
        fileprivate(set) var progress = Progress.waiting
        /// The status; nil before the answer and without one.
        fileprivate(set) var status: Int?
        fileprivate(set) var headers: [(name: String, value: String)] = []
        fileprivate(set) var answer = CutText()
        fileprivate(set) var faultOrigin: String?
        /// The time until the answer, or the stream, began, and of a stream until it ended; nil before.
        fileprivate(set) var duration: Duration?
    }

    private struct State {
        var exchanges: [Exchange] = []
        var lastNumber = 0
        var version = 0
    }

    private let state = Lock(State())

    /// Adds a request and returns its number.
    func begin(_ request: Request) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.version += 1
            // Some more are kept, so that the list is not moved for each.
            if state.exchanges.count >= Self.limit + Self.slack { state.exchanges.removeFirst(Self.slack) }
            state.exchanges.append(
                Exchange(
                    number: state.lastNumber, request: Self.head(of: request), body: CutText(request.body),
                    version: state.version))
            return state.lastNumber
        }
    }

    /// Returns the request without its body, and with no more of the rest than a page can show.
    private static func head(of request: Request) -> Request {
        func cut(_ text: String) -> String { text.utf8.count > 2000 ? String(text.unicodeScalars.prefix(2000)) : text }
        var head = request
        head.body = []
        head.query = [:]
        head.path = cut(request.path)
        head.queryItems = request.queryItems.prefix(100).map { (cut($0.name), cut($0.value)) }
        if head.headers.count > 100 { head.headers = [:] }
        head.headers = head.headers.mapValues(cut)
        return head
    }

    /// Adds the answer to the request of that number.
    ///
    /// - Returns: the reply to send; if it is a stream, its beginning is kept as it is sent.
    func end(_ number: Int, _ reply: Reply) -> Reply {
        var reply = reply
        var progress = Progress.done
        switch reply.delivery {
        case .dropped: progress = .dropped
        case .truncated: progress = .truncated
        case .whole:
            if case .stream(let stream) = reply.body {
                progress = .streaming
                reply.body = .stream(RecordedStream(stream: stream, recorder: self, number: number))
            }
        }
        let sent = reply
        update(number) { exchange in
            exchange.progress = progress
            exchange.duration = exchange.start.duration(to: .now)
            exchange.faultOrigin = sent.faultOrigin
            if progress == .dropped { return }
            exchange.status = sent.status
            exchange.headers = sent.headers
            if case .bytes(let bytes) = sent.body { exchange.answer = CutText(bytes) }
        }
        return reply
    }

    /// Notes that the request of that number gets no answer, or that its stream has ended.
    func close(_ number: Int, _ progress: Progress) {
        update(number) { exchange in
            guard exchange.progress == .waiting || exchange.progress == .streaming else { return }
            exchange.progress = progress
            exchange.duration = exchange.start.duration(to: .now)
        }
    }

    fileprivate func append(_ piece: [UInt8], to number: Int) {
        update(number) { $0.answer.append(piece) }
    }

    private func update(_ number: Int, _ change: (inout Exchange) -> Void) {
        state.withLock { state in
            // Numbers follow each other without gaps.
            guard let first = state.exchanges.first?.number, number >= first, number <= state.lastNumber else { return }
            state.version += 1
            state.exchanges[number - first].version = state.version
            change(&state.exchanges[number - first])
        }
    }

    /// Forgets all requests, also those that are not answered yet.
    func clear() {
        state.withLock { state in
            state.exchanges = []
            state.version += 1
        }
    }

    struct Snapshot: Sendable {
        let version: Int
        /// The number of requests so far.
        let total: Int
        /// The number of the first request that is kept.
        let first: Int
        let changed: [Exchange]
    }

    /// Returns what has changed since the version `version`, the newest last.
    func snapshot(since version: Int) -> Snapshot {
        state.withLock { state in
            let kept = state.exchanges.suffix(Self.limit)
            return Snapshot(
                version: state.version, total: state.lastNumber, first: kept.first?.number ?? state.lastNumber + 1,
                changed: kept.filter { $0.version > version })
        }
    }

    func exchange(_ number: Int) -> Exchange? {
        state.withLock { state in state.exchanges.first { $0.number == number } }
    }
}

/// A stream whose beginning is kept.
private final class RecordedStream: ReplyStream {
    private let stream: any ReplyStream
    private let recorder: ExchangeRecorder
    private let number: Int

    init(stream: any ReplyStream, recorder: ExchangeRecorder, number: Int) {
        self.stream = stream
        self.recorder = recorder
        self.number = number
    }

    /// A stream whose client has gone is released without being read to its end.
    deinit { recorder.close(number, .broken) }

    func next() async throws -> [UInt8]? {
        let piece = try await stream.next()
        if let piece { recorder.append(piece, to: number) } else { recorder.close(number, .done) }
        return piece
    }
}

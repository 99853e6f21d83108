import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport

/// A task group in memory that does to requests what a script says, and remembers what was asked.
///
/// A run ends at once, unless its row is among those that `ending` holds back: each look at the group's events or
/// status ends the next of these sets.
final class ScriptedGroup: HTTPTransport {
    /// What becomes of a request that adds runs; all is well after the last one.
    enum Addition {
        case accepted
        case acceptedThenLost
        /// The connection breaks, and the runs are there only after the group was listed so often.
        case lostAndLate(listings: Int)
        /// The same with an answer of this status, which says nothing of runs.
        case refusedAndLate(Int, listings: Int)
        case lostBefore
        case unreachable
        case refused(Int, retryAfter: String? = nil)
        /// So many of the runs are made, and the answer has a body that is not the API's.
        case page(Int, made: Int, String = "<html>")
        /// So many of the runs are made, then there is an error.
        case partly(Int, status: Int)
        /// All runs are made, and the answer has one id less.
        case oneIDMissing
        case garbage
    }

    /// What becomes of a connection to a stream; all is well after the last one.
    enum Connection {
        case whole
        /// The connection breaks in the middle of the event after so many.
        case cut(after: Int)
        /// After so many events there is an error that no other attempt would mend.
        case broken(after: Int)
        /// The stream ends after so many events, as if there were no more.
        case short(after: Int)
        case status(Int)
        /// An `error` event in place of the others.
        case fault
        /// An `error` event in place of the run at this index.
        case unreadable(index: Int)
        /// All of it, but for the outputs.
        case withoutOutputs

        var lacksOutputs: Bool { if case .withoutOutputs = self { true } else { false } }
    }

    struct Run {
        let id: String
        /// Counted from 1, as in metadata; nil for a run of others.
        let row: Int?
        var status: String
    }

    private struct State {
        var runs: [Run] = []
        /// The indices of ended runs, in the order of their ends.
        var endings: [Int] = []
        var held: [Set<Int>]
        var additions: [Addition]
        var lists: [Connection]
        var streams: [Connection]
        var late: (listings: Int, rows: [Int])?
        var sent: [(time: Duration, rows: [Int])] = []
        var requests: [String] = []
        var delivered: [Int: Int] = [:]
        var deliveredInOrder: [Int: Int] = [:]
    }

    private let state: Lock<State>
    private let clock: ManualClock
    private let isReversed: Bool
    private let statuses: [Int: String]
    private let refusing: @Sendable (_ rows: [Int]) -> (status: Int, body: String)?

    /// - Parameters:
    ///   - existing: the rows of runs that are there already, nil for those of others.
    ///   - ending: rows whose runs end later.
    ///   - statuses: how the runs of rows end, where that is not `completed`.
    ///   - refusing: returns the answer to a request with these rows that is refused; nil for any other.
    ///   - isReversed: whether a chunk is listed from its last row to its first.
    init(
        _ clock: ManualClock, existing: [Int?] = [], additions: [Addition] = [], lists: [Connection] = [],
        streams: [Connection] = [], ending held: [Set<Int>] = [], statuses: [Int: String] = [:],
        refusing: @escaping @Sendable (_ rows: [Int]) -> (status: Int, body: String)? = { _ in nil },
        isReversed: Bool = false
    ) {
        self.clock = clock
        self.isReversed = isReversed
        self.statuses = statuses
        self.refusing = refusing
        state = Lock(State(held: held, additions: additions, lists: lists, streams: streams))
        state.withLock { _ = add(existing, &$0) }
    }

    /// The rows of each request that added runs, and when it came.
    var sent: [(time: Duration, rows: [Int])] { state.withLock { $0.sent } }
    var sentRows: [[Int]] { sent.map(\.rows) }
    /// Method and target of every request, without what all have in common.
    var requests: [String] { state.withLock { $0.requests } }
    /// How many runs the group has.
    var rows: [Int] { state.withLock { $0.runs.compactMap(\.row) } }
    /// How often the output of each row was sent.
    var delivered: [Int: Int] { state.withLock { $0.delivered } }
    /// The same for a client that reads no list beyond a run that is active.
    var deliveredInOrder: [Int: Int] { state.withLock { $0.deliveredInOrder } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        // With waits that pass at once, tasks that never stop would keep others from running at all.
        try await Task.sleep(for: .milliseconds(1))
        let path = String(request.url.path.dropFirst("/v1/tasks/".count))
        let query = request.url.query ?? ""
        let after =
            query.split(separator: "&").first { $0.hasPrefix("last_event_id=") }
            .flatMap { Int($0.dropFirst("last_event_id=x".count)) } ?? 0
        return try state.withLock { state in
            state.requests.append("\(request.method.rawValue) \(path)\(query.isEmpty ? "" : "?\(query)")")
            switch (request.method, path) {
            case (.post, "groups/g1/runs"): return try answerAddition(request, &state)
            case (.get, "groups/g1/runs"): return try list(after, withOutput: query.contains("output"), &state)
            case (.get, "groups/g1/events"): return try follow(after, &state)
            case (.get, "groups/g1"):
                endNext(&state)
                return answer(200, #"{"taskgroup_id":"g1","status":\#(status(state))}"#)
            default: return answerRun(path, &state)
            }
        }
    }

    // MARK: - Adding

    private func answerAddition(_ request: HTTPRequest, _ state: inout State) throws -> HTTPResponse {
        let inputs = try JSONValue.parse(request.body ?? [])["inputs"]?.array ?? []
        let rows = inputs.compactMap { $0["metadata"]?["parallel_row"]?.string.flatMap { Int($0) } }
        state.sent.append((clock.now.offset, rows))
        if let refusal = refusing(rows) { return answer(refusal.status, refusal.body) }
        switch state.additions.isEmpty ? .accepted : state.additions.removeFirst() {
        case .accepted: return accept(rows, idsMissing: 0, &state)
        case .oneIDMissing: return accept(rows, idsMissing: 1, &state)
        case .acceptedThenLost:
            add(rows, &state)
            throw HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        case .lostAndLate(let listings):
            state.late = (listings, rows)
            throw HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        case .refusedAndLate(let status, let listings):
            state.late = (listings, rows)
            return answer(status, Self.fault)
        case .lostBefore: throw HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
        case .unreachable: throw HTTPError(.connect, "refused", mayHaveBeenSent: false)
        case .refused(let status, let retryAfter):
            return answer(status, Self.fault, headers: retryAfter.map { [("retry-after", $0)] } ?? [])
        case .partly(let count, let status):
            add(Array(rows.prefix(count)), &state)
            return answer(status, Self.fault)
        case .page(let status, let count, let body):
            add(Array(rows.prefix(count)), &state)
            return answer(status, body)
        case .garbage:
            add(rows, &state)
            return answer(200, "<html>")
        }
    }

    private func accept(_ rows: [Int], idsMissing: Int, _ state: inout State) -> HTTPResponse {
        let ids = add(rows, &state).dropLast(idsMissing).map { "\"\($0)\"" }.joined(separator: ",")
        return answer(200, #"{"status":\#(status(state)),"run_ids":[\#(ids)]}"#)
    }

    @discardableResult private func add(_ rows: [Int?], _ state: inout State) -> [String] {
        let first = state.runs.count
        for row in isReversed ? rows.reversed() : rows {
            state.runs.append(Run(id: "trun_\(state.runs.count + 1)", row: row, status: "running"))
        }
        let held = state.held.reduce(into: Set<Int>()) { $0.formUnion($1) }
        for index in first..<state.runs.count where !(state.runs[index].row.map(held.contains) ?? false) {
            end(index, &state)
        }
        return state.runs[first...].map(\.id)
    }

    private func end(_ index: Int, _ state: inout State) {
        state.runs[index].status = state.runs[index].row.flatMap { statuses[$0] } ?? "completed"
        state.endings.append(index)
    }

    private func endNext(_ state: inout State) {
        // Nothing ends before it is there.
        guard let next = state.held.first,
            next.allSatisfy({ row in state.runs.contains { $0.row == row } })
        else { return }
        state.held.removeFirst()
        for index in state.runs.indices where state.runs[index].row.map(next.contains) == true { end(index, &state) }
    }

    // MARK: - Reading

    private func list(_ after: Int, withOutput: Bool, _ state: inout State) throws -> HTTPResponse {
        if let late = state.late {
            state.late = late.listings > 1 ? (late.listings - 1, late.rows) : nil
            if late.listings <= 1 { add(late.rows, &state) }
        }
        let connection: Connection = state.lists.isEmpty ? .whole : state.lists.removeFirst()
        let events = (after..<max(after, state.runs.count)).map { index in
            event(of: state.runs[index], "r\(index + 1)", withOutput: withOutput && !connection.lacksOutputs)
        }
        if withOutput {
            let count =
                switch connection {
                case .whole, .unreadable: events.count
                case .cut(let count), .short(let count), .broken(let count): count
                case .status, .fault, .withoutOutputs: 0
                }
            let told = state.runs[min(after, state.runs.count)...].prefix(count)
            for run in told where run.status == "completed" { note(run, in: &state.delivered) }
            for run in told.prefix(while: { $0.status != "running" }) where run.status == "completed" {
                note(run, in: &state.deliveredInOrder)
            }
        }
        return stream(events, connection)
    }

    private func follow(_ after: Int, _ state: inout State) throws -> HTTPResponse {
        let connection: Connection = state.streams.isEmpty ? .whole : state.streams.removeFirst()
        if case .status = connection {} else { endNext(&state) }
        var events = (after..<max(after, state.endings.count)).map { index in
            event(of: state.runs[state.endings[index]], "e\(index + 1)", withOutput: false)
        }
        events.append(
            #"{"type":"task_group_status","event_id":"e\#(state.endings.count)","status":\#(status(state))}"#)
        return stream(events, connection)
    }

    private func stream(_ events: [String], _ connection: Connection) -> HTTPResponse {
        let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let texts = events.map { "data: \($0)\n\n" }
        func send(_ text: String) { continuation.yield(Array(text.utf8)) }
        switch connection {
        case .status(let status): return answer(status, Self.fault)
        case .fault:
            send("data: \(Self.fault)\n\n")
            continuation.finish()
        case .unreadable(let index):
            for (place, text) in texts.enumerated() { send(place == index ? "data: \(Self.fault)\n\n" : text) }
            continuation.finish()
        case .whole, .withoutOutputs:
            texts.forEach(send)
            continuation.finish()
        case .broken(let count):
            texts.prefix(count).forEach(send)
            continuation.finish(throwing: HTTPError(.invalidRequest, "broken", mayHaveBeenSent: true))
        case .short(let count):
            texts.prefix(count).forEach(send)
            continuation.finish()
        case .cut(let count):
            texts.prefix(count).forEach(send)
            if count < texts.count { send(String(texts[count].prefix(30))) }
            continuation.finish(throwing: HTTPError(.connectionLost, "cut", mayHaveBeenSent: true))
        }
        return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
    }

    private func event(of run: Run, _ id: String, withOutput: Bool) -> String {
        let output = withOutput && run.status == "completed" ? #","output":\#(Self.output(run))"# : ""
        return #"{"type":"task_run.state","event_id":"\#(id)","run":\#(Self.document(run))\#(output)}"#
    }

    private func answerRun(_ path: String, _ state: inout State) -> HTTPResponse {
        let parts = path.split(separator: "/")
        guard let run = state.runs.first(where: { $0.id == parts[1] }) else { return answer(404, Self.fault) }
        if parts.count == 2 { return answer(200, Self.document(run)) }
        guard run.status == "completed" else { return answer(404, Self.fault) }
        note(run, in: &state.delivered)
        return answer(200, #"{"run":\#(Self.document(run)),"output":\#(Self.output(run))}"#)
    }

    private func note(_ run: Run, in counts: inout [Int: Int]) {
        if let row = run.row { counts[row, default: 0] += 1 }
    }

    // MARK: - Documents

    private static let fault = #"{"type":"error","error":{"ref_id":"ref-1","message":"bad day","detail":null}}"#

    private static func output(_ run: Run) -> String {
        #"{"type":"text","content":"found \#(run.row ?? 0)","basis":[]}"#
    }

    private static func document(_ run: Run) -> String {
        let metadata = run.row.map { #"{"parallel_row":"\#($0)"}"# } ?? #"{"mine":"7"}"#
        let error = run.status == "failed" ? #","error":{"ref_id":"r","message":"no way"}"# : ""
        return #"{"run_id":"\#(run.id)","status":"\#(run.status)","is_active":\#(run.status == "running"),"#
            + #""processor":"lite","metadata":\#(metadata)\#(error)}"#
    }

    private func status(_ state: State) -> String {
        let ended = state.endings.count
        let running = state.runs.count - ended
        return #"{"num_task_runs":\#(state.runs.count),"is_active":\#(running > 0),"#
            + #""task_run_status_counts":{"completed":\#(ended),"running":\#(running)}}"#
    }

    private func answer(_ status: Int, _ body: String, headers: [(String, String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders(headers), body: HTTPBody(Array(body.utf8)))
    }
}

import ParallelJSON
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Faults for any request, and outcomes of runs whose metadata sets none, read from a JSON file whenever it changes.
///
/// Each change of the file resets the counts. A missing file means no faults, as does an invalid one; either is
/// reported once on stderr, a missing one when the sandbox starts.
final class ControlFile: Sendable {
    struct Content {
        var faults: [FaultRule] = []
        var runs: [RunRule] = []

        /// Returns the fault for `request`, if any.
        ///
        /// - Parameter isFree: whether no other rule has hit the request.
        mutating func takeFault(for request: Request, isFree: Bool) -> TakenFault? {
            var taken: TakenFault?
            // Every rule counts the request, so that one rule doesn't change which requests another one hits.
            for index in faults.indices {
                let hit = faults[index].count(request, isFree: isFree && taken == nil)
                taken = taken ?? hit.map { TakenFault(fault: $0, retryAfter: faults[index].retryAfter) }
            }
            return taken
        }
    }

    private struct State {
        var stamp: [Int] = []
        var content = Content()
    }

    private let path: String
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
        if access(path, F_OK) != 0 {
            StandardError.write("parallel-sandbox: \(path): no such file yet; there are no faults until it is there")
        }
    }

    /// Returns the fault for `request`, if any, and counts it as used once.
    ///
    /// - Parameter isFree: whether no other rule has hit the request.
    func takeFault(for request: Request, isFree: Bool) -> TakenFault? {
        state.withLock { state in
            reload(&state)
            return state.content.takeFault(for: request, isFree: isFree)
        }
    }

    /// Returns the rules for the outcome of new runs.
    func runRules() -> [RunRule] {
        state.withLock { state in
            reload(&state)
            return state.content.runs
        }
    }

    private func reload(_ state: inout State) {
        var info = stat()
        guard stat(path, &info) == 0 else {
            state = State()
            return
        }
        #if canImport(Darwin)
            let changed = info.st_mtimespec
        #else
            let changed = info.st_mtim
        #endif
        let current = [
            Int(changed.tv_sec), Int(changed.tv_nsec), Int(info.st_size), Int(truncatingIfNeeded: info.st_ino),
        ]
        guard current != state.stamp else { return }
        state = State(stamp: current)
        do {
            state.content = try Self.content(of: Files.read(path))
        } catch {
            StandardError.write("parallel-sandbox: \(path): \(error)")
        }
    }

    /// - Throws: `ControlFileError`.
    static func content(of bytes: [UInt8]) throws -> Content {
        let value: JSONValue
        do { value = try JSONValue.parse(bytes) } catch { throw ControlFileError(error.description) }
        guard let object = value.object, !object.isEmpty, object.keys.allSatisfy({ $0 == "faults" || $0 == "runs" })
        else {
            throw ControlFileError("expected {\"faults\": [...], \"runs\": [...]}")
        }
        func list<Rule>(_ name: String, _ rule: (ControlRuleReader) throws -> Rule) throws -> [Rule] {
            guard let value = object[name] else { return [] }
            guard let list = value.array else { throw ControlFileError("'\(name)' must be a list") }
            return try list.map { try rule(ControlRuleReader($0, of: name)) }
        }
        return Content(faults: try list("faults", FaultRule.init), runs: try list("runs", RunRule.init))
    }
}

/// A fault that hits a request.
struct TakenFault: Sendable {
    let fault: InjectedFault
    let retryAfter: String?
    /// Who asked for it: the control file, or a name that the page gave.
    var origin = "control file"
}

struct ControlFileError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Reads the members of one rule of the control file.
struct ControlRuleReader {
    private let object: JSONObject
    private let list: String

    init(_ value: JSONValue, of list: String) throws {
        guard let object = value.object else { throw ControlFileError("each of '\(list)' must be an object") }
        self.object = object
        self.list = list
    }

    func refuseOthers(than known: Set<String>) throws {
        if let key = object.keys.first(where: { !known.contains($0) }) {
            throw ControlFileError("unknown member '\(key)' in '\(list)'")
        }
    }

    func text(_ name: String) throws -> String? {
        try read(name, "a text") { $0.string }
    }

    func int(_ name: String) throws -> Int? {
        try read(name, "an integer") { $0.int }
    }

    /// Reads an integer within limits that suit a count.
    func count(_ name: String, from minimum: Int = 0, upTo maximum: Int = InjectedFault.maximumCount) throws -> Int? {
        try read(name, "an integer from \(minimum) to \(maximum)") { value in
            value.int.flatMap { (minimum...maximum).contains($0) ? $0 : nil }
        }
    }

    func number(_ name: String, upTo maximum: Double) throws -> Double? {
        try read(name, "a number from 0 to \(JSONNumber(maximum).text)") { value in
            value.double.flatMap { (0...maximum).contains($0) ? $0 : nil }
        }
    }

    /// Returns a value of any type as text.
    func word(_ name: String) -> String? { object[name].map { $0.string ?? $0.serialized() } }

    func value(_ name: String) -> JSONValue? { object[name] }

    private func read<Value>(_ name: String, _ kind: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let value = object[name] else { return nil }
        if let value = read(value) { return value }
        throw ControlFileError("'\(name)' in '\(list)' must be \(kind)")
    }
}

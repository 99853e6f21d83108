import ParallelJSON
import ParallelSystem

/// The faults in effect: those of the control file, and before them those that were added while the sandbox runs, by
/// buttons of its page.
final class ScriptedFaults: Sendable {
    /// What a button adds: a control file of its own.
    struct Added: Sendable {
        let id: Int
        let name: String
        /// The rules as they were written.
        let rules: JSONValue
        fileprivate(set) var content: ControlFile.Content

        /// The number of requests that will still be hit; nil if that has no end.
        var hitsLeft: Int? {
            var sum = 0
            for rule in content.faults {
                guard let left = rule.hitsLeft else { return nil }
                sum += left
            }
            return content.runs.isEmpty ? sum : nil
        }
    }

    static let maximumCount = 50

    private let file: ControlFile?
    private let added = Lock((list: [Added](), lastID: 0))

    init(file: ControlFile?) { self.file = file }

    /// Returns the fault for `request`, if any, and counts it as used once.
    func takeFault(for request: Request) -> TakenFault? {
        let own = added.withLock { state -> TakenFault? in
            var taken: TakenFault?
            for index in state.list.indices {
                let hit = state.list[index].content.takeFault(for: request, isFree: taken == nil)
                guard var hit else { continue }
                hit.origin = state.list[index].name
                taken = hit
            }
            if taken != nil { state.list.removeAll { $0.hitsLeft == 0 } }
            return taken
        }
        let scripted = file?.takeFault(for: request, isFree: own == nil)
        return own ?? scripted
    }

    /// Returns the rules for the outcome of new runs.
    func runRules() -> [RunRule] {
        added.withLock { $0.list.flatMap(\.content.runs) } + (file?.runRules() ?? [])
    }

    /// The faults that were added and are not used up.
    var list: [Added] { added.withLock { $0.list } }

    /// Adds faults under a name.
    ///
    /// - Parameter rules: what a control file may say.
    /// - Throws: `ControlFileError`.
    func add(_ name: String, _ rules: JSONValue) throws {
        let content = try ControlFile.content(of: rules.bytes())
        let isAdded = added.withLock { state in
            guard state.list.count < Self.maximumCount else { return false }
            state.lastID += 1
            state.list.append(Added(id: state.lastID, name: name, rules: rules, content: content))
            return true
        }
        if !isAdded { throw ControlFileError("there are \(Self.maximumCount) already; clear some first") }
    }

    /// Removes what was added under `id`; nil removes everything that was added.
    func clear(_ id: Int?) {
        added.withLock { state in state.list.removeAll { id == nil || $0.id == id } }
    }
}

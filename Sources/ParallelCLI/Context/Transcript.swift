import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// What the questions of a shell have brought: for going on from it, for saving it, and what was paid.
///
/// The commands that answer questions tell it; outside a shell there is none.
final class Transcript: Sendable {
    struct Turn: Sendable {
        let question: String
        /// The id of the run or the answer; nil if it has none.
        let id: String?
        var answer: [Document.Block]
    }

    struct State: Sendable {
        var turns: [Turn] = []
        /// What the next question goes on from; nil for nothing.
        var last: String?
        /// Whose models were asked at their own providers, which charge for that.
        var otherProviders: [String] = []
        /// The messages of a chat so far, for a model whose answers have no id.
        var messages: [JSONValue] = []
        /// The question of the line under way; nil for a command.
        fileprivate var asked: String?
        /// Whether the line under way has had a part of its answer.
        fileprivate var isAnswered = false
        /// The run that a question has started and nobody has the answer of yet.
        fileprivate var open: (id: String, question: String)?
    }

    let state = Lock(State())
    /// The paid calls of the shell, for the log.
    let paid = Lock<[ActivityLog.PaidEntry]>([])

    /// The messages that the question under way goes on with; nil for a line that is a command.
    var messages: [JSONValue]? { state.withLock { $0.asked == nil ? nil : $0.messages } }

    /// Begins a line; nil for one that asks nothing.
    func begin(_ question: String?) { state.withLock { ($0.asked, $0.isAnswered) = (question, false) } }

    /// Learns of a run, in case that its answer is not waited for.
    func created(_ id: String) {
        state.withLock { state in
            if let question = state.asked { state.open = (id, question) }
        }
    }

    /// Learns an answer to the question under way, or of the run of an earlier one.
    ///
    /// - Parameters:
    ///   - id: that of the run or the answer; nil if it has none.
    ///   - last: the id that the next question goes on from, where that is another one.
    func answered(_ id: String?, last: String? = nil, _ blocks: [Document.Block]) {
        state.withLock { state in
            let isOpen = id.map { state.open?.id.isExactly($0) == true } ?? false
            guard let question = state.asked ?? (isOpen ? state.open?.question : nil) else { return }
            if isOpen { state.open = nil }
            // An empty one would be refused, again and again.
            state.last = [last, id].compactMap(\.self).first { !$0.isEmpty }
            if state.isAnswered, state.asked != nil {
                state.turns[state.turns.count - 1].answer += blocks
            } else {
                state.turns.append(Turn(question: question, id: id, answer: blocks))
                state.isAnswered = true
            }
        }
    }

    /// Lets the next question begin anew.
    func forget() { state.withLock { ($0.last, $0.messages, $0.open) = (nil, [], nil) } }
}

package import ParallelAPI
package import ParallelJSON
import ParallelSystem

/// What the tools of Parallel's Task MCP say of a run or group. Their words are meant for models, so this reads JSON
/// where there is some and else goes by the words.
package struct TaskMCPStatus: Sendable {
    /// How the runs of a group stand.
    package struct Counts: Sendable {
        package let total: Int
        package let completed: Int
        /// Those that ended without a result, by their status.
        package let unsuccessful: [(status: String, count: Int)]
        fileprivate let active: Int
    }

    /// Whether it goes on.
    package let isActive: Bool
    /// Its status in a word, in small letters; nil where the server tells it otherwise.
    package let word: String?
    /// Nil for a run.
    package let counts: Counts?

    /// Whether it ended without a result, as far as that is known.
    package var isUnsuccessful: Bool { word.map(Self.unsuccessful.contains) ?? false }

    /// Reads the result of `getStatus` for `id`. Throws `UnexpectedAnswer` where it is about another one, or has
    /// numbers that can't be.
    package init(_ result: JSONValue, of id: RunOrGroupID) throws(UnexpectedAnswer) {
        let text = Self.text(of: result)
        for json in Self.documents(in: result, text) {
            let keys = id.isGroup ? ["taskgroup_id", "task_group_id"] : ["run_id"]
            for named in keys.compactMap({ json[$0]?.string }) {
                if let error = UnexpectedAnswer(about: named, insteadOf: id.text, id.isGroup ? "group" : "run") {
                    throw error
                }
            }
            // The API puts the state of a group into an object.
            let state = json["status"]?.object == nil ? json : json["status"] ?? json
            let word = state["status"]?.string.map(Self.normalised)
            let counts = try Counts(state)
            guard
                let isActive = state["is_active"]?.bool ?? word.map(Self.active.contains)
                    ?? counts.map({ $0.active > 0 })
            else { continue }
            (self.isActive, self.word, self.counts) = (isActive, word, counts)
            return
        }
        counts = nil
        let structured = result["structuredContent"]
        let prose = text.isEmpty ? structured?["result"]?.string ?? structured?.serialized() ?? "" : text
        (isActive, word) = StatusWords(prose).reading
    }

    /// The statuses of what goes on; with any other, it has ended.
    fileprivate static let active: Set<String> = [
        "queued", "running", "cancelling", "pending", "in_progress", "processing",
    ]
    fileprivate static let completed: Set<String> = ["completed", "complete", "succeeded", "done"]
    fileprivate static let unsuccessful: Set<String> = ["failed", "cancelled", "canceled", "action_required"]

    /// `In progress` as `in_progress`.
    private static func normalised(_ status: String) -> String {
        String(status.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    /// The places where a server may have put JSON, the surest first.
    private static func documents(in result: JSONValue, _ text: String) -> [JSONValue] {
        let structured = result["structuredContent"]
        // FastMCP puts what is no object into one.
        let wrapped = structured?["result"]?.string
        let found = [structured, wrapped.flatMap { try? JSONValue.parse($0) }, try? JSONValue.parse(text)]
        return found.compactMap(\.self).filter { $0.object != nil }
    }

    // MARK: - Ids

    /// The group or run that an answer tells of: by the member that holds its id, else the first group, else the first
    /// run that it names. Ids in `arguments`, which an answer may repeat, are not meant.
    package static func id(in answer: JSONValue, to arguments: JSONObject = [:]) -> RunOrGroupID? {
        let text = text(of: answer)
        for json in documents(in: answer, text) {
            for key in ["taskgroup_id", "task_group_id", "run_id", "taskRunOrGroupId"] {
                if let id = json[key]?.string.flatMap({ id(in: Array($0.utf8)) }) { return id }
            }
        }
        let bytes = Array((text + (answer["structuredContent"]?.serialized() ?? "")).utf8)
        return id(in: bytes, to: arguments)
    }

    /// The same for an answer of which only the bytes are known.
    package static func id(in bytes: [UInt8], to arguments: JSONObject = [:]) -> RunOrGroupID? {
        let others = Set(RunOrGroupID.all(in: JSONValue.object(arguments).bytes()).map(\.text))
        let ids = RunOrGroupID.all(in: bytes).filter { !others.contains($0.text) }
        return ids.first(where: \.isGroup) ?? ids.first
    }

    /// What the content of a result says.
    package static func text(of result: JSONValue) -> String {
        (result["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}

extension TaskMCPStatus.Counts {
    fileprivate init?(_ state: JSONValue) throws(UnexpectedAnswer) {
        guard let object = (state["task_run_status_counts"] ?? state["counts"])?.object else { return nil }
        try TaskGroupStatus([
            "num_task_runs": state["num_task_runs"] ?? .null, "task_run_status_counts": .object(object),
        ]).check()
        let counts = object.compactMap { member in
            TaskGroupStatus.possibleCount(member.value).map { (status: member.key, count: $0) }
        }
        func sum(_ statuses: Set<String>) -> Int {
            counts.filter { statuses.contains($0.status) }.reduce(0) { $0 + $1.count }
        }
        total = state["num_task_runs"].flatMap(TaskGroupStatus.possibleCount) ?? counts.reduce(0) { $0 + $1.count }
        completed = sum(TaskMCPStatus.completed)
        active = sum(TaskMCPStatus.active)
        unsuccessful = counts.filter { TaskMCPStatus.unsuccessful.contains($0.status) && $0.count > 0 }
    }
}

/// A status told in prose, such as "2 completed, 1 running".
private struct StatusWords {
    private struct Word {
        let text: String
        /// What stands between it and the word before.
        let gap: String

        /// Whether it is the value of the word before, as in `running: 0`.
        var isValue: Bool { gap.contains { $0 == ":" || $0 == "=" } }
        /// Whether nothing but a space, or the stars of Markdown, is in front of it.
        var isAdjacent: Bool { gap.allSatisfy { $0 == " " || $0 == "*" } }
    }

    private let words: [Word]

    init(_ text: String) {
        var words: [Word] = []
        var (word, gap) = ("", "")
        for character in text.lowercased() + " " {
            if character.isLetter || character.isNumber || character == "_" {
                word.append(character)
                continue
            }
            if word == "progress", let last = words.last, last.text == "in" {
                words[words.count - 1] = Word(text: "in_progress", gap: last.gap)
            } else if !word.isEmpty {
                words.append(Word(text: word, gap: gap))
            }
            if !word.isEmpty { (word, gap) = ("", "") }
            gap.append(character)
        }
        self.words = words
    }

    /// Whether it goes on, and the status where one is named as such.
    var reading: (isActive: Bool, word: String?) {
        for (name, value) in zip(words, words.dropFirst()) where value.isValue {
            switch (name.text, value.text) {
            case ("is_active", "true"), ("is_active", "false"): return (value.text == "true", nil)
            case ("status", let word) where Self.known.contains(word):
                return (TaskMCPStatus.active.contains(word), word)
            default: break
            }
        }
        let active = words.indices.filter { TaskMCPStatus.active.contains(words[$0].text) && !countsNothing($0) }
        // "Completed; it was running for 2 min" has ended, "2 completed, 1 running" has not.
        let hasEnded = words.indices.contains {
            Self.final.contains(words[$0].text) && !countsNothing($0) && !isCounted($0)
        }
        return (hasEnded ? active.contains(where: isCounted) : !active.isEmpty, nil)
    }

    private static let known = TaskMCPStatus.active.union(TaskMCPStatus.completed).union(TaskMCPStatus.unsuccessful)
    private static let final = TaskMCPStatus.completed.union(TaskMCPStatus.unsuccessful)
    private static let nothing: Set<String> = ["0", "zero", "no", "none", "not", "longer"]

    /// Whether the word is said of a number: "1 running", "running: 1".
    private func isCounted(_ index: Int) -> Bool {
        if index + 1 < words.count, words[index + 1].isValue { return Int(words[index + 1].text) != nil }
        return index > 0 && words[index].isAdjacent && Int(words[index - 1].text) != nil
    }

    /// Whether the word is said of nothing: "0 running", "running: 0", "no longer running".
    private func countsNothing(_ index: Int) -> Bool {
        if index + 1 < words.count, words[index + 1].isValue { return Self.nothing.contains(words[index + 1].text) }
        return index > 0 && words[index].isAdjacent && Self.nothing.contains(words[index - 1].text)
    }
}

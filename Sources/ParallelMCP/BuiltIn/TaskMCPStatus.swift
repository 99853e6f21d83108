package import ParallelAPI
package import ParallelJSON
import ParallelSystem

/// The status of a run or group, read from the answers of Parallel's Task MCP server.
///
/// The answers are written for models: this reads the JSON in them if there is any, and otherwise the prose.
package struct TaskMCPStatus: Sendable {
    /// The number of runs of a group in each status.
    package struct Counts: Sendable {
        package let total: Int
        package let completed: Int
        /// The number of runs that ended without a result, by status.
        package let unsuccessful: [(status: String, count: Int)]
        fileprivate let active: Int
    }

    /// Whether the run, or any run of the group, is still going on.
    package let isActive: Bool
    /// The status in one lower-case word; nil if the answer doesn't name one.
    package let word: String?
    /// The counts of a group, if the answer has them; nil for a run.
    package let counts: Counts?

    /// Whether it is known to have ended without a result.
    package var isUnsuccessful: Bool { word.map(Self.unsuccessful.contains) ?? false }

    /// Reads the result of `getStatus` for `id`. Throws `UnexpectedAnswer` if the result is about another run or group,
    /// or has impossible counts.
    package init(_ result: JSONValue, of id: WorkID) throws(UnexpectedAnswer) {
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

    /// The statuses of a run that is still going on; any other status means that it has ended.
    fileprivate static let active: Set<String> = [
        "queued", "running", "cancelling", "pending", "in_progress", "processing",
    ]
    fileprivate static let completed: Set<String> = ["completed", "complete", "succeeded", "done"]
    fileprivate static let unsuccessful: Set<String> = ["failed", "cancelled", "canceled", "action_required"]

    /// Returns the status as the API writes it, such as `in_progress` for `In progress`.
    private static func normalised(_ status: String) -> String {
        String(status.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    /// Returns the JSON objects in a result, the most reliable first.
    private static func documents(in result: JSONValue, _ text: String) -> [JSONValue] {
        let structured = result["structuredContent"]
        // FastMCP wraps a value that is not an object in one.
        let wrapped = structured?["result"]?.string
        let found = [structured, wrapped.flatMap { try? JSONValue.parse($0) }, try? JSONValue.parse(text)]
        return found.compactMap(\.self).filter { $0.object != nil }
    }

    // MARK: - Ids

    /// Returns the id of the group or run that an answer is about: that of the JSON member for it, else the first group
    /// id, else the first run id in the text. Ids in `arguments` are left out, as an answer may repeat them.
    package static func id(in answer: JSONValue, to arguments: JSONObject = [:]) -> WorkID? {
        let text = text(of: answer)
        for json in documents(in: answer, text) {
            for key in ["taskgroup_id", "task_group_id", "run_id", "taskRunOrGroupId"] {
                if let id = json[key]?.string.flatMap({ id(in: Array($0.utf8)) }) { return id }
            }
        }
        let bytes = Array((text + (answer["structuredContent"]?.serialized() ?? "")).utf8)
        return id(in: bytes, to: arguments)
    }

    /// Returns the same for an answer that is given as bytes.
    package static func id(in bytes: [UInt8], to arguments: JSONObject = [:]) -> WorkID? {
        let others = Set(WorkID.all(in: JSONValue.object(arguments).bytes()).map(\.text))
        let ids = WorkID.all(in: bytes).filter { !others.contains($0.text) && ($0.kind == .run || $0.isGroup) }
        return ids.first(where: \.isGroup) ?? ids.first
    }

    /// Returns the text of a result's content blocks.
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

/// The words of a status in prose, such as "2 completed, 1 running".
private struct StatusWords {
    private struct Word {
        let text: String
        /// The characters between the previous word and this one.
        let gap: String

        /// Whether it is the value of the previous word, as in `running: 0`.
        var isValue: Bool { gap.contains { $0 == ":" || $0 == "=" } }
        /// Whether only spaces, or the stars of Markdown, are between it and the previous word.
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

    /// Whether it is still going on, and the status, if the prose names one as such.
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

    /// Whether the word has a number: "1 running", "running: 1".
    private func isCounted(_ index: Int) -> Bool {
        if index + 1 < words.count, words[index + 1].isValue { return Int(words[index + 1].text) != nil }
        return index > 0 && words[index].isAdjacent && Int(words[index - 1].text) != nil
    }

    /// Whether the word is negated: "0 running", "running: 0", "no longer running".
    private func countsNothing(_ index: Int) -> Bool {
        if index + 1 < words.count, words[index + 1].isValue { return Self.nothing.contains(words[index + 1].text) }
        return index > 0 && words[index].isAdjacent && Self.nothing.contains(words[index - 1].text)
    }
}

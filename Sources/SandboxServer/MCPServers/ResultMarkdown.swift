import ParallelJSON
import ParallelSystem

/// The outputs of runs as Markdown, for a model to read.
enum ResultMarkdown {
    /// The basis entries to show below an output.
    enum BasisChoice: Equatable {
        case none, all
        /// The entries of one run of a group, counted from 0.
        case run(Int)
        case field(String)

        init(_ text: String?) throws(MCPToolError) {
            guard let text else {
                self = .none
                return
            }
            let word = text.prefix { $0 != ":" }
            let value = text.dropFirst(word.count + 1)
            switch (word, Int(value)) {
            case ("all", _) where text == "all": self = .all
            case ("index", let number?): self = .run(number)
            case ("field", _) where !value.isEmpty: self = .field(String(value))
            default: throw MCPToolError("basis should be all, index:N or field:NAME, not '\(text)'")
            }
        }

        func takes(_ field: String, ofRun number: Int) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .run(let wanted): wanted == number
            case .field(let wanted): wanted == field
            }
        }
    }

    /// Returns a section for each run of a group, completed or not.
    static func text(ofGroup runs: [RunRecord], id: String, basis: BasisChoice) -> String {
        let sections = runs.enumerated().map { number, run in
            let text = run.status == .completed ? text(of: run, number: number, basis: basis) : ending(of: run)
            return "## \(number): \(run.request.input.serialized())\n\n\(text)"
        }
        return "# Task group \(id)\n\n" + sections.joined(separator: "\n\n")
    }

    /// - Parameter number: the run's index in its group.
    static func text(of run: RunRecord, number: Int, basis: BasisChoice) -> String {
        let output = (try? JSONValue.parse(RunAnswer.output(of: run))) ?? nil
        let entries = (output["basis"]?.array ?? []).filter { basis.takes($0["field"]?.string ?? "", ofRun: number) }
        let text = content(output["content"] ?? nil)
        return entries.isEmpty ? text : "\(text)\n\n### Basis\n\n\(entries.map(entry).joined(separator: "\n"))"
    }

    /// Returns why a run that has ended has no result.
    static func ending(of run: RunRecord) -> String {
        let reason = run.error?["message"]?.string.map { " (\($0))" } ?? ""
        return "The run ended as \(run.status.rawValue)\(reason)."
    }

    private static func content(_ content: JSONValue) -> String {
        if let text = content.string { return text.ends(with: "\n") ? String(text.dropLast()) : text }
        guard let fields = content.object else { return content.serialized() }
        return fields.map { "- **\($0.key)**: \($0.value.string ?? $0.value.serialized())" }.joined(separator: "\n")
    }

    private static func entry(_ entry: JSONValue) -> String {
        let confidence = entry["confidence"]?.string ?? ""
        let level = confidence.isEmpty ? "" : " (confidence: \(confidence))"
        let citations = (entry["citations"]?.array ?? []).map {
            "\n  - [\($0["title"]?.string ?? "")](\($0["url"]?.string ?? ""))"
        }
        return
            "- **\(entry["field"]?.string ?? "")**\(level): \(entry["reasoning"]?.string ?? "")\(citations.joined())"
    }
}

import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The result of a tool that was called: its text for people, its data in the file of `--output`.
struct ToolResultView {
    let output: Output
    /// As the server names it.
    let tool: String

    init(output: Output, tool: String) {
        self.output = output
        self.tool = tool
    }

    /// Writes the result. Throws `ToolFailed` for one that tells of an error, of which only JSON and data go to the
    /// output; `ErrorReport` where data can't be read, or where there is nothing but data and no place for it.
    ///
    /// A command that fails does not finish its output. But the tool has been called, so what it gave is kept.
    func write(_ result: JSONValue) throws {
        let isJSON = output.format.isJSON
        let isError = result["isError"]?.bool == true
        let content = ToolResultContent(result)
        let data = content.binaries.filter { $0.bytes != nil }
        if isJSON { try output.write(document: result) } else { try write(content, data, isError: isError) }
        if isError {
            if isJSON || !data.isEmpty { try output.finish() }
            throw ToolFailed(tool: tool, text: content.text(describingData: true))
        }
        let isDataWanted = output.options.file != nil || output.takesRawData
        if !isJSON, isDataWanted, let broken = content.binaries.first(where: { $0.bytes == nil }) {
            if content.hasText || !data.isEmpty { try output.finish() }
            throw ErrorReport(.unexpected, "the tool '\(tool)' answered with \(broken.description)")
        }
    }

    private func write(
        _ content: ToolResultContent, _ data: [ToolResultContent.Binary], isError: Bool
    ) throws {
        if let file = output.dataFile, !data.isEmpty {
            let rest = try save(data, to: file)
            if !isError { try write(text: content, to: rest) }
        } else if output.takesRawData, !output.isTerminal, let first = data.first {
            try output.write(bytes: first.bytes ?? [])
            for binary in data.dropFirst() { output.note("\(binary.description) not written; -o FILE saves them all") }
            // Among the data it would spoil it.
            if !isError, content.hasText { output.noteLines(content.text(describingData: false)) }
        } else if !isError {
            try tell(content, data)
            try write(text: content, to: output)
        }
    }

    private func write(text content: ToolResultContent, to output: Output) throws {
        for part in content.parts {
            switch part {
            case .text(let text): try output.write(networkText: text)
            case .json(let value): try write(value, to: output)
            case .binary: break
            }
        }
        if let structured = content.structured { try write(structured, to: output) }
    }

    private func write(_ value: JSONValue, to output: Output) throws {
        try output.write(json: value, isPretty: output.isTerminal)
    }

    // MARK: - Data

    /// Puts the data into files, and gives the output that is left for the text.
    private func save(_ data: [ToolResultContent.Binary], to file: String) throws -> Output {
        let (names, rest) = try output.save(data.map { ($0.bytes ?? [], $0.fileExtension) }, to: file)
        if names != [file] {
            for (binary, name) in zip(data, names) { output.note("\(binary.description) goes to \(name)") }
        }
        return rest
    }

    /// Tells of data that goes nowhere; throws if there is nothing else.
    private func tell(_ content: ToolResultContent, _ data: [ToolResultContent.Binary]) throws {
        let binaries = content.binaries
        guard content.hasText || binaries.isEmpty else {
            throw ErrorReport(
                data.isEmpty ? .unexpected : .partial,
                "nothing can be shown of the answer: \(binaries.map(\.description).joined(separator: ", "))",
                hints: [data.isEmpty ? nil : "save it with -o FILE"])
        }
        for binary in binaries {
            output.note("\(binary.description) not shown\(binary.bytes == nil ? "" : "; save it with -o FILE")")
        }
    }
}

/// The tool itself reported an error: the call came through, and the answer has `isError`.
struct ToolFailed: ReportedError, WaitFailure {
    let tool: String
    /// What the tool said; may be empty and may have many lines.
    let text: String
    var meaning = FailureMeaning.final

    /// The first line that says something, and those after it, as far as anybody reads.
    var lines: (first: String, rest: [String]) {
        var lines = text.shortened(to: 20_000).lines.map { String($0) }[...]
        lines = lines.drop { $0.isBlank }
        while let last = lines.last, last.isBlank { lines.removeLast() }
        return (lines.first ?? "it did not say which", Array(lines.dropFirst()))
    }

    func report(_ context: Context) -> ErrorReport {
        let lines = lines
        var report = ErrorReport(.runFailed, "the tool '\(tool)' reported an error: \(lines.first)")
        report.quoted = lines.rest
        return report
    }
}

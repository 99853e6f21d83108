import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows the result of a tool call: text on the output, binary data in the file of `--output`.
struct ToolResultView {
    let output: Output
    /// The name of the tool.
    let tool: String
    /// Whether data that the output doesn't show is kept in files, because another call would have an effect again.
    var keepsData = false

    /// Writes the result. Throws `ToolFailed` if the result is an error, of which only JSON and data are written to the
    /// output; `ErrorReport` if there is only data and no file for it.
    ///
    /// The output is finished even if the command fails, because the tool was called and its data may not come again.
    func write(_ result: JSONValue) throws {
        let isJSON = output.format.isJSON
        let isError = result.saysToolFailed
        let content = ToolResultContent(result)
        let data = content.binaries
        if !isJSON, let oddity = content.oddity { output.warn(oddity) }
        if isJSON {
            do {
                try output.write(document: result)
            } catch let error as ReductionFailure {
                // What was wanted of the answer is not in an error.
                if !isError { throw error }
            }
        } else {
            try write(content, data, isError: isError)
        }
        if isError {
            if isJSON || !data.isEmpty { try output.finish() }
            throw ToolFailed(tool: tool, text: content.text(describingData: true))
        }
        if !isJSON, content.isEmpty { output.note("the answer is empty") }
    }

    private func write(
        _ content: ToolResultContent, _ data: [ToolResultContent.Binary], isError: Bool
    ) throws {
        if let file = output.dataFile, !data.isEmpty {
            let rest = try save(data, to: file)
            if !isError { try write(text: content, to: rest) }
        } else if output.takesRawData, !output.isTerminal, let first = data.first {
            try output.write(bytes: first.bytes)
            for binary in data.dropFirst() { tell(of: binary, "not written; -o FILE saves them all") }
            // Text on standard output would spoil the data there.
            if !isError, content.hasText { output.noteLines(content.text(describingData: false)) }
        } else if !isError {
            try tell(content)
            try write(text: content, to: output)
        } else if keepsData {
            for binary in data { keep(binary) }
        }
    }

    private func write(text content: ToolResultContent, to output: Output) throws {
        for part in content.parts {
            switch part {
            case .text(let text): try output.write(networkText: text)
            // In a file, the URI would be taken for the content.
            case .emptyResource(let uri) where output.options.file != nil: output.note("the resource \(uri) is empty")
            case .emptyResource(let uri): try output.write(networkText: uri)
            case .json(let value), .undecoded(let value): try write(value, to: output)
            case .binary: break
            }
        }
        if let structured = content.structured { try write(structured, to: output) }
    }

    private func write(_ value: JSONValue, to output: Output) throws {
        try output.write(json: value, isPretty: output.isTerminal)
    }

    // MARK: - Data

    /// Saves the data in files, and returns the output that the text goes to.
    private func save(_ data: [ToolResultContent.Binary], to file: String) throws -> Output {
        let (names, rest) = try output.save(data.map { ($0.bytes, $0.fileExtension) }, to: file)
        if names != [file] {
            for (binary, name) in zip(data, names) { output.note("\(binary.description) goes to \(name)") }
        }
        return rest
    }

    /// Says which data is not shown. Throws if there is nothing else.
    private func tell(_ content: ToolResultContent) throws {
        let binaries = content.binaries
        if content.hasText || keepsData {
            for binary in binaries { tell(of: binary, "not shown; save it with -o FILE") }
        }
        guard content.hasText || binaries.isEmpty else {
            throw ErrorReport(
                .partial,
                "nothing can be shown of the answer: \(binaries.map(\.description).joined(separator: ", "))",
                hints: [keepsData ? "with -o FILE, the next call writes it there" : "save it with -o FILE"])
        }
    }

    /// Says where data is that the output doesn't show: in a file, or else what `fate` says.
    private func tell(of binary: ToolResultContent.Binary, _ fate: String) {
        if keepsData { keep(binary) } else { output.note("\(binary.description) \(fate)") }
    }

    private func keep(_ binary: ToolResultContent.Binary) {
        output.keep(binary.bytes, binary.description, fileExtension: binary.fileExtension ?? "bin")
    }
}

/// The error for a tool that reported an error: the call worked, and the result has `isError`.
struct ToolFailed: ReportedError, WaitFailure {
    let tool: String
    /// The text of the error; may be empty, and may have many lines.
    let text: String
    var meaning = FailureMeaning.final

    /// The first line that is not blank, and the lines after it, up to a limit.
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

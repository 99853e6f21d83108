import ParallelJSON
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

    /// Writes the result. Throws `ToolFailed` for one that tells of an error, of which only JSON goes to the output.
    func write(_ result: JSONValue) throws {
        let isJSON = output.format == .json || output.format == .jsonl
        if isJSON { try output.write(document: result) }
        if result["isError"]?.bool == true {
            // A command that fails does not finish its output; but this is what was asked for.
            if isJSON { try output.finish() }
            throw ToolFailed(tool: tool, text: text(of: result))
        }
        if !isJSON { try write(ToolResultContent(result)) }
    }

    private func write(_ content: ToolResultContent) throws {
        let output = try save(content.binaries)
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
        try output.write(bytes: value.bytes(output.isTerminal ? .pretty : .compact) + [UInt8(ascii: "\n")])
    }

    // MARK: - Data

    /// Puts the data into files, if there is a name for them, and gives the output that is left for the text.
    private func save(_ binaries: [ToolResultContent.Binary]) throws -> Output {
        guard let file = output.options.file, !binaries.isEmpty else {
            for binary in binaries {
                let hint = binary.bytes == nil ? "" : "; save it with -o FILE"
                output.note("\(binary.description) not shown\(hint)")
            }
            return output
        }
        let contents = try binaries.map { binary in
            guard let bytes = binary.bytes else {
                throw ErrorReport(.unexpected, "the tool '\(tool)' answered with \(binary.description)")
            }
            return bytes
        }
        let rest = try output.save(contents)
        if binaries.count > 1 {
            for (index, binary) in binaries.enumerated() {
                output.note("\(binary.description) goes to \(Output.name(ofFile: index + 1, beside: file))")
            }
        }
        return rest
    }

    // MARK: - Errors

    /// What a result says as one text.
    private func text(of result: JSONValue) -> String {
        let content = ToolResultContent(result)
        var texts = content.parts.map { part in
            switch part {
            case .text(let text): text
            case .json(let value): value.serialized()
            case .binary(let binary): binary.description
            }
        }
        if let structured = content.structured { texts.append(structured.serialized()) }
        return texts.joined(separator: "\n")
    }
}

/// The tool itself reported an error: the call came through, and the answer has `isError`.
struct ToolFailed: Error {
    let tool: String
    /// What the tool said; may be empty and may have many lines.
    let text: String

    /// The first line that says something, and those after it.
    var lines: (first: String, rest: [String]) {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { String($0) }[...]
        lines = lines.drop { $0.allSatisfy(\.isWhitespace) }
        while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
        return (lines.first ?? "it did not say which", Array(lines.dropFirst()))
    }
}

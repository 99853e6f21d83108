import ParallelJSON
import ParallelSystem
import ParallelTerminal

/// Reads what a word of the command line stands for: the word itself, a file, or standard input.
struct SourceText {
    let context: Context

    /// Returns the text of a source, without the one line break at the end of a file or of the output of `echo`.
    /// Throws for a lone `@`, which is what `@$FILE` becomes where the variable is not set.
    func text(of source: InputSource, for flag: String) throws -> String {
        if source == .literal("@") { throw UsageError("\(flag): no file is named behind '@'") }
        do {
            let text = try read(source)
            if case .literal = source { return text }
            let end = text.ends(with: "\r\n") ? 2 : text.ends(with: "\n") || text.ends(with: "\r") ? 1 : 0
            return String(text[..<text.utf8.index(text.endIndex, offsetBy: -end)])
        } catch let error as FileError {
            throw UsageError(
                "\(flag): can't read \(error.path): \(error.reason)",
                hint: ["INPUT", "INTENT", "PROMPT"].contains(flag)
                    ? "text that begins with @ can be given through standard input, as -" : nil)
        }
    }

    private func read(_ source: InputSource) throws -> String {
        var source = source
        if case .file(let path) = source { source = .file(context.filePath(path)) }
        return try source.text { try context.streams.readAll(upTo: UserFile.limit) }
    }

    /// Returns the JSON of a source. Throws `UsageError` if it is not JSON.
    func json(of source: InputSource, for flag: String) throws -> JSONValue {
        let text = try text(of: source, for: flag)
        do {
            return try JSONValue.parse(text)
        } catch {
            throw UsageError("\(flag): \(source.name) is not JSON: \(error)")
        }
    }
}

import ParallelCore
import ParallelJSON
import ParallelSystem
import ParallelTerminal

/// Where a command's data goes and how it looks there: the terminal, a pipe, or the file of `--output`.
final class Output: Sendable {
    let options: OutputOptions
    /// Whether data goes to a terminal, and so is laid out, coloured and made harmless for one.
    let isTerminal: Bool
    let columns: Int
    let usesColor: Bool
    /// For the commands that are printed.
    var programName: String { context.programName }
    /// What is not shown to people.
    var secrets: KnownSecrets { context.streams.secrets }
    private let context: Context
    /// The file of `--output`, and those that `save` puts beside it.
    private let files: Lock<[PendingFile]>

    /// A file being written; a class because a move-only value can't sit in an array.
    private final class PendingFile {
        var file: AtomicFile

        init(_ file: consuming AtomicFile) { self.file = file }
    }

    /// Opens the file of `--output` at once, so that a result that costs money has a place before it is asked for.
    init(_ options: OutputOptions, _ context: Context) throws {
        self.options = options
        self.context = context
        isTerminal = options.file == nil && context.terminal.stdoutIsTerminal
        columns = context.terminal.columns
        usesColor =
            options.file == nil
            ? context.terminal.usesColor(on: .stdout, choice: options.color)
            : options.color == .always
        guard let path = options.file else {
            files = Lock([])
            return
        }
        let filePath = context.filePath(path)
        do {
            files = Lock([PendingFile(try AtomicFile(path: filePath))])
        } catch {
            throw UsageError("can't write \(path): \(error.reason)")
        }
        if !options.replacesFile, UserFile.exists(filePath) {
            throw UsageError("\(path) exists", hint: "--force replaces it")
        }
    }

    /// The format asked for; tables by default.
    var format: OutputFormat { options.format ?? .table }

    /// Writes text in the format asked for.
    func write(_ text: String) throws { try write(bytes: Array(shown(text).utf8)) }

    /// Writes data as it is.
    func write(bytes: [UInt8]) throws {
        let isFile = try files.withLock { files in
            try files.first?.file.write(bytes)
            return !files.isEmpty
        }
        if !isFile { try context.streams.write(bytes: bytes) }
    }

    /// Writes rows with text from the network, in whole lines.
    func write(rows bytes: [UInt8]) throws {
        guard isTerminal else { return try write(bytes: bytes) }
        try write(ControlCharacters.neutralisedLines(String(decoding: bytes, as: UTF8.self)))
    }

    /// Writes a document of the API for `--json` and `--format jsonl`.
    ///
    /// `isOnly` allows indentation on a terminal; several documents come one to a line.
    func write(document: JSONValue, isOnly: Bool = true) throws {
        let isPretty = isTerminal && isOnly && format == .json
        try write(bytes: document.bytes(isPretty ? .pretty : .compact) + [UInt8(ascii: "\n")])
    }

    /// `text` for the output: without known secrets where people read it. What programs read and files keep is left as it is.
    ///
    /// Text that is cut or wrapped goes through this before, so that no part of a secret is left.
    func shown(_ text: String) -> String { isForPeople ? context.streams.secrets.masked(text) : text }

    private var isForPeople: Bool {
        switch format {
        case .table, .markdown, .text: options.file == nil
        case .json, .jsonl, .csv: false
        }
    }

    /// Writes a table in the format asked for; rows of text where none fits it better.
    func write(table: Table) throws {
        let table = table.mapCells(shown)
        switch format {
        case .csv: try write(networkText: table.render(.csv))
        case .markdown: try write(networkText: table.render(.markdown))
        case .table, .text, .json, .jsonl:
            try write(
                table.render(
                    isTerminal ? .aligned(columns: columns, bold: usesColor) : .tabSeparated))
        }
    }

    /// Text from the network, fit to be written: without secrets, and on a terminal with control characters made visible.
    func safe(_ text: String) -> String {
        let text = shown(text)
        return isTerminal ? ControlCharacters.neutralisedLines(text) : text
    }

    /// Writes text from the network, ended by a line break.
    func write(networkText text: String) throws {
        guard !text.isEmpty else { return }
        let text = safe(text)
        try write(text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n")
    }

    /// Puts data into files of its own: the first into that of `--output`, the others beside it as FILE-2, FILE-3 …
    ///
    /// What is saved may be had only once, so a name that is taken is passed over. Gives the names, and the output that is
    /// left for text, which is standard output.
    func save(
        _ items: [(bytes: [UInt8], fileExtension: String?)], to path: String
    ) throws -> (names: [String], rest: Output) {
        var names: [String] = []
        try files.withLock { files in
            var number = 0
            files = try items.map { item in
                var name: String
                repeat {
                    number += 1
                    name = Self.name(ofFile: number, beside: path, fileExtension: item.fileExtension)
                } while !options.replacesFile && UserFile.exists(context.filePath(name))
                names.append(name)
                let pending = PendingFile(try AtomicFile(path: context.filePath(name)))
                try pending.file.write(item.bytes)
                return pending
            }
        }
        var rest = options
        rest.file = nil
        return (names, try Output(rest, context))
    }

    /// `path` with a number in front of its extension, and with another extension if one is given; the first file has
    /// the name as it is.
    static func name(ofFile number: Int, beside path: String, fileExtension: String? = nil) -> String {
        guard number > 1 else { return path }
        let nameStart = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        // The dot of a hidden file begins no extension.
        let dot = path[nameStart...].dropFirst().lastIndex(of: ".") ?? path.endIndex
        return "\(path[..<dot])-\(number)" + (fileExtension.map { ".\($0)" } ?? String(path[dot...]))
    }

    /// Gives the files their names. Without it, a file of `--output` never appears.
    func finish() throws {
        do {
            try files.withLock { files in
                for file in files { try file.file.commit(replacing: options.replacesFile) }
            }
        } catch let error as FileError {
            // By now it is no longer a question of how the program was called, even if the folder is missing.
            throw ErrorReport(.unexpected, "\(error.path): \(error.reason)")
        }
    }

    /// Whether there is a line on standard error that is drawn anew while work goes on; a trace would be in its way.
    var redrawsProgress: Bool { context.terminal.canAnimate && !options.isQuiet && !options.isVerbose }

    /// A line on standard error, unless `--quiet`.
    func note(_ line: String) {
        guard !options.isQuiet else { return }
        context.streams.note(ControlCharacters.neutralised(secrets.masked(line)))
    }

    /// Lines on standard error, unless `--quiet`.
    func noteLines(_ lines: String) {
        if !options.isQuiet { context.streams.note(ControlCharacters.neutralisedLines(secrets.masked(lines))) }
    }

    /// A line of `--verbose`.
    func trace(_ line: String) {
        guard options.isVerbose else { return }
        context.streams.note(ControlCharacters.neutralised(secrets.shortened(line)))
    }

    /// A warning on standard error, unless `--quiet`.
    func warn(_ line: String) { note("warning: \(line)") }

    func style(_ style: Style, _ text: String) -> String { style.apply(text, enabled: usesColor) }
}

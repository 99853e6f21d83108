import ParallelHTTP
package import ParallelJSON
package import ParallelSystem
package import ParallelTerminal

/// Where a command's data goes and how it looks there: the terminal, a pipe, or the file of `--output`.
package final class Output: Sendable {
    package let options: OutputOptions
    /// The format that is written: the one asked for or that the file's name says; tables by default.
    package let format: OutputFormat
    /// Whether data goes to a terminal, and so is laid out, coloured and made harmless for one.
    package let isTerminal: Bool
    /// The width that data is laid out for, as it is at this moment.
    package var columns: Int { place.terminal.columns }
    package let usesColor: Bool
    /// What is not shown to people.
    package var secrets: KnownSecrets { place.streams.secrets }
    let place: OutputPlace
    /// Whether what a file can't take goes to standard output.
    private let fallsBack: Bool
    /// The lock is held while data is written, which calls nothing that would come back here.
    private let state: Lock<State>
    private let told = Lock<Set<String>>([])
    private let turn = Lock(())
    /// What the page holds that `finish` writes.
    let page = Lock<[Document.Block]>([])
    private let reduced = Lock(Reduced())

    /// What has become of documents of which a part is wanted.
    private struct Reduced {
        var isAnyWritten = false
        /// Whether a document that has nothing of what is wanted is kept, because it may be had only once.
        var keepsUnmatched = false
        /// Why the first document that was left out had nothing of what is wanted.
        var failure: ReductionFailure?
        var digest = JSONDigest()
        /// The length of what is written.
        var bytes = 0
    }

    private struct State {
        var destination: Destination
        /// Set once data went elsewhere.
        var move: Move?
    }

    /// Why a result is not where it was asked to be, and where it is.
    private struct Move {
        let trouble: String
        let place: String
        var text: String { "\(trouble); \(place)" }
    }

    private enum Destination {
        case standardOutput
        /// The file of `--output`, and those that `save` puts beside it.
        case files([PendingFile])
        case stream(PendingStream)
    }

    /// A file being written; a class because a move-only value can't sit in an array.
    private final class PendingFile {
        /// As it was asked for.
        let name: String
        var file: AtomicFile

        init(_ name: String, _ place: OutputPlace, isPrivate: Bool = false) throws(FileError) {
            self.name = name
            file = try AtomicFile(
                path: place.folder.path(of: name), mode: isPrivate ? 0o600 : 0o666, keepsMode: !isPrivate,
                temporaryDirectory: place.temporaryDirectory)
        }
    }

    private final class PendingStream {
        let name: String
        let descriptor: FileDescriptor

        init(_ name: String, _ descriptor: consuming FileDescriptor) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// Opens the file of `--output` at once, so that a result that costs money has a place before it is asked for.
    ///
    /// - Parameters:
    ///   - isLate: whether the results are there already and kept elsewhere, too. Then it is no longer a question of
    ///     how the program was called: a name that was taken meanwhile is passed over, and what a file can't take does
    ///     not go to standard output.
    ///   - needsPlace: whether there will be data. Without a file, standard output has to be open for it then.
    package init(_ options: OutputOptions, _ place: OutputPlace, isLate: Bool = false, needsPlace: Bool = true) throws {
        format = try options.settledFormat() ?? .table
        var options = options
        if options.reduction.makesDigest {
            if needsPlace { try place.streams.requireOutput() }
            if options.file == nil {
                options.file = Self.newFile(in: place.temporaryDirectory, fileExtension: format.rawValue)
                options.isPrivate = true
            }
        }
        self.options = options
        self.place = place
        fallsBack = !isLate
        let destination =
            try options.file.map { try Self.open($0, options, place, isLate: isLate) } ?? .standardOutput
        switch destination {
        case .standardOutput:
            if needsPlace { try place.streams.requireOutput() }
            isTerminal = place.terminal.stdoutIsTerminal
        case .files: isTerminal = false
        case .stream(let stream): isTerminal = stream.descriptor.isTerminal
        }
        state = Lock(State(destination: destination))
        usesColor =
            options.file == nil
            ? place.terminal.usesColor(on: .stdout, choice: options.color)
            : options.color == .always
    }

    private static func open(
        _ name: String, _ options: OutputOptions, _ place: OutputPlace, isLate: Bool
    ) throws -> sending Destination {
        do {
            switch try FileTarget(place.folder.path(of: name)) {
            case .file(let path, let exists):
                if exists, !isLate {
                    guard options.replacesFile else { throw OutputRefusal.exists(name) }
                    try AtomicFile.requireReplaceable(path)
                }
                return .files([try PendingFile(name, place, isPrivate: options.isPrivate)])
            case .stream(let path, let isPipe):
                return .stream(PendingStream(name, try open(path, isPipe: isPipe, name, options, place)))
            case .descriptor(let number):
                return .stream(PendingStream(name, try FileDescriptor(sharing: number, reportedAs: name)))
            }
        } catch let error as FileError {
            if isLate { throw OutputFailure("\(name): \(error.reason)", isSaved: false) }
            throw OutputRefusal.notWritable(name, reason: error.reason)
        }
    }

    /// Opens a pipe or a device, and waits for the reader of a pipe as a shell would.
    private static func open(
        _ path: String, isPipe: Bool, _ name: String, _ options: OutputOptions, _ place: OutputPlace
    ) throws -> FileDescriptor {
        var tries = 0
        return try FileDescriptor(streamingTo: path, isPipe: isPipe, reportedAs: name) {
            try place.streams.pause(milliseconds: 20)
            tries += 1
            if tries == 50, !options.isQuiet {
                place.streams.note(ControlCharacters.neutralised("waiting for a reader of \(name)"))
            }
        }
    }

    /// Whether data that is no text may go where text goes: somebody has asked for standard output by name, or for a
    /// pipe.
    package var takesRawData: Bool { options.takesRawData || options.file != nil && dataFile == nil }

    /// The file that data is put into; nil where data goes as it comes.
    package var dataFile: String? {
        state.withLock { if case .files = $0.destination { options.file } else { nil } }
    }

    /// Writes text in the format asked for.
    package func write(_ text: String) throws {
        if format == .html { return addToPage(.code(shown(text), language: "")) }
        try write(bytes: Array(shown(text).utf8))
    }

    /// Writes data as it is.
    package func write(bytes: [UInt8]) throws {
        try state.withLock { state in
            switch state.destination {
            case .standardOutput:
                guard let move = state.move else { return try place.streams.write(bytes: bytes) }
                try write(bytes, after: move)
            case .files(let files):
                do throws(FileError) {
                    try files[0].file.write(bytes)
                } catch {
                    try write(bytes, after: try moveToStandardOutput(files[0], &state, after: error))
                }
            case .stream(let stream):
                do throws(StreamError) {
                    try place.streams.write(bytes: bytes, to: stream.descriptor.number)
                } catch {
                    guard case .failed(let reason) = error else { throw error }
                    let trouble = "\(stream.name): \(reason)"
                    guard fallsBack else { throw OutputFailure(trouble, isSaved: false) }
                    let move = Move(trouble: trouble, place: "the rest went to standard output")
                    state.move = move
                    state.destination = .standardOutput
                    try write(bytes, after: move)
                }
            }
        }
    }

    // MARK: - What a file does not take

    /// From here on data goes to standard output, as it would be lost otherwise: first what the file has of it.
    private func moveToStandardOutput(
        _ file: PendingFile, _ state: inout State, after error: FileError
    ) throws -> Move {
        let trouble = "\(file.name): \(error.reason)"
        guard fallsBack, let contents = try? file.file.contents() else { throw OutputFailure(trouble, isSaved: false) }
        let move = Move(trouble: trouble, place: "the result went to standard output")
        state.move = move
        state.destination = .standardOutput
        try write(contents, after: move)
        return move
    }

    /// Writes to standard output what was meant for another place: a terminal gets text only, made harmless.
    private func write(_ bytes: [UInt8], after move: Move) throws {
        var bytes = bytes
        if place.terminal.stdoutIsTerminal, !isTerminal {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw OutputFailure(move.trouble, isSaved: false)
            }
            bytes = Array(ControlCharacters.neutralisedLines(text).utf8)
        }
        do throws(StreamError) {
            try place.streams.write(bytes: bytes)
        } catch {
            if error == .interrupted { throw error }
            throw OutputFailure("\(move.trouble); \(error)", isSaved: false)
        }
    }

    /// Moves the file to its name, or to one beside it and then returns what to report; throws `FileError` if neither
    /// works.
    private func commit(_ pending: PendingFile) throws(FileError) -> Move? {
        do throws(FileError) {
            try pending.file.commit(replacing: options.replacesFile)
            return nil
        } catch let failure {
            for number in 2...99 {
                let name = Self.name(ofFile: number, beside: pending.file.path)
                do throws(FileError) {
                    try pending.file.commit(as: name)
                    return Move(trouble: "\(pending.name): \(failure.reason)", place: "the result is in \(name)")
                } catch {
                    if !error.isTaken { break }
                }
            }
            throw failure
        }
    }

    /// Writes rows with text from the network, in whole lines.
    ///
    /// - Parameter separator: the byte between the cells of a row; nil for rows of JSON.
    package func write(rows bytes: [UInt8], separator: UInt8?) throws {
        let isTabSeparated = separator == UInt8(ascii: "\t") && options.file == nil
        guard isTerminal || isTabSeparated else { return try write(bytes: bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard isTerminal else { return try write(bytes: Array(ControlCharacters.neutralisedRows(text).utf8)) }
        try write(separator == nil ? safe(json: text) : ControlCharacters.neutralisedRows(shown(text)))
    }

    /// Writes a document of the API for `--json` and `--format jsonl`, or the part of it that is wanted.
    ///
    /// `isOnly` allows indentation on a terminal; several documents come one to a line. Throws `ReductionFailure` for
    /// the only document that has nothing of what is wanted; of several, such a one is left out.
    package func write(document: JSONValue, isOnly: Bool = true, isPretty: Bool? = nil) throws {
        let isPretty = isPretty ?? (isTerminal && isOnly && format == .json)
        if options.reduction.isEmpty { return try write(json: document, isPretty: isPretty) }
        let part: JSONValue
        do throws(ReductionFailure) {
            part = try options.reduction.applied(to: document, isPart: !isOnly)
        } catch {
            if isOnly {
                if reduced.withLock(\.keepsUnmatched) {
                    keep(document.bytes(), "the whole answer", fileExtension: "json")
                }
                throw error
            }
            return reduced.withLock { $0.failure = $0.failure ?? error }
        }
        reduced.withLock { reduced in
            reduced.isAnyWritten = true
            if options.reduction.makesDigest {
                reduced.digest.add(part)
                reduced.bytes += part.bytes().count + 1
            }
        }
        if options.format == .text, let text = part.string { return try write(networkText: text) }
        try write(json: part, isPretty: isPretty)
    }

    /// Has a document that has nothing of what is wanted kept in a file: it is paid for, or was made by the request.
    package func keepUnmatched() { reduced.withLock { $0.keepsUnmatched = true } }

    /// Writes a value as JSON, ended by a line break.
    package func write(json value: JSONValue, isPretty: Bool) throws {
        try write(safe(json: shown(value.serialized(isPretty ? .pretty : .compact) + "\n")))
    }

    /// `text` for the output: without known secrets where people read it. What programs read and files keep is left as
    /// it is.
    ///
    /// Text that is cut or wrapped goes through this before, so that no part of a secret is left.
    package func shown(_ text: String) -> String { isForPeople ? place.streams.secrets.masked(text) : text }

    /// Whether control characters are made visible: on a terminal, and in what people read on standard output, since a
    /// pipe often ends in a terminal. JSON, CSV and files keep them.
    var showsControls: Bool { isTerminal || options.file == nil && (isForPeople || format == .tsv) }

    var isForPeople: Bool {
        switch format {
        case .table, .markdown, .html, .text: options.file == nil
        case .json, .jsonl, .csv, .tsv: false
        }
    }

    /// Writes a table in the format asked for; rows of text where none fits it better.
    package func write(table: Document.Table) throws {
        switch format {
        case .csv, .tsv:
            let text = String(decoding: table.delimited(by: format == .csv ? "," : "\t"), as: UTF8.self)
            try write(safe(rows: isTerminal ? shown(text) : text))
        case .markdown, .html: try write(Document([.table(table)]))
        case .table, .text, .json, .jsonl:
            if isTerminal { return try write(Document([.table(table)])) }
            try write(safe(rows: table.texts.map { TabSeparated.line($0.map(shown)) }.joined()))
        }
    }

    /// What the API says of a run or a request, such as an error or a warning: with the addresses of servers masked,
    /// and where people read it, secrets too.
    package func said(_ text: String) -> String {
        isForPeople ? secrets.shownWords(of: text.utf8, limit: 4_000) : AddressMask.maskingAddresses(in: text)
    }

    /// Text from the network, fit to be written: where people read it, without secrets and with control characters
    /// made visible.
    package func safe(_ text: String) -> String {
        let text = shown(text)
        return showsControls ? ControlCharacters.neutralisedLines(text) : text
    }

    /// Rows of text, fit to be written, with their tabs and line feeds.
    func safe(rows text: String) -> String { showsControls ? ControlCharacters.neutralisedRows(text) : text }

    /// JSON, fit to be written: as it is off a terminal, with escapes for what can't be seen on one.
    package func safe(json text: String) -> String { isTerminal ? ControlCharacters.escaped(inJSON: text) : text }

    /// Writes text from the network, ended by a line break.
    package func write(networkText text: String) throws {
        guard !text.isEmpty else { return }
        let text = safe(text)
        try write(text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n")
    }

    /// Puts data into files of its own: the first into that of `--output`, the others beside it as FILE-2, FILE-3 …
    ///
    /// What is saved may be had only once, so a name that is taken is passed over. Returns the names, and the output
    /// that is left for text, which is standard output.
    package func save(
        _ items: [(bytes: [UInt8], fileExtension: String?)], to path: String
    ) throws -> (names: [String], rest: Output) {
        var names: [String] = []
        var files: [PendingFile] = []
        var number = 0
        do throws(FileError) {
            for item in items {
                var name: String
                repeat {
                    number += 1
                    name = Self.name(ofFile: number, beside: path, fileExtension: item.fileExtension)
                } while !options.replacesFile && UserFile.exists(place.folder.path(of: name))
                names.append(name)
                let pending = try PendingFile(name, place)
                try pending.file.write(item.bytes)
                files.append(pending)
            }
        } catch {
            throw OutputFailure("\(names.last ?? path): \(error.reason)", isSaved: false)
        }
        state.withLock { $0.destination = .files(files) }
        var rest = options
        rest.file = nil
        return (names, try Output(rest, place, needsPlace: false))
    }

    /// Puts what can't be written or shown into a new file that only the user can read, because it may be had only
    /// once, and says where it is, with `--quiet` too.
    package func keep(_ bytes: [UInt8], _ description: String, fileExtension: String) {
        let path = Self.newFile(in: place.temporaryDirectory, fileExtension: fileExtension)
        var end = "is in \(path)"
        do throws(FileError) {
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(bytes)
            try file.commit(replacing: false)
        } catch {
            end = "can't be kept in \(path): \(error.reason)"
        }
        place.streams.note(ControlCharacters.neutralised("\(description) \(end)"))
    }

    private static func newFile(in folder: String, fileExtension: String) -> String {
        "\(folder)/parallel-\(String(UInt64.random(in: .min ... .max), radix: 36)).\(fileExtension)"
    }

    /// `path` with a number in front of its extension, and with another extension if one is given; the first file has
    /// the name as it is.
    package static func name(ofFile number: Int, beside path: String, fileExtension: String? = nil) -> String {
        guard number > 1 else { return path }
        let nameStart = path.lastPlace(of: "/").map(path.utf8.index(after:)) ?? path.startIndex
        // The dot of a hidden file begins no extension.
        let dot = path[nameStart...].lastPlace(of: ".").flatMap { $0 == nameStart ? nil : $0 } ?? path.endIndex
        return "\(path[..<dot])-\(number)" + (fileExtension.map { ".\($0)" } ?? String(path[dot...]))
    }

    /// Gives the files their names. Without it, a file of `--output` never appears.
    ///
    /// A file that can't have its name gets one beside it, or goes to standard output. By now it is no longer a
    /// question of how the program was called, and the result may be had only once. Throws `OutputFailure`, which says
    /// where it is.
    package func finish() throws {
        let reduced = reduced.withLock(\.self)
        if !reduced.isAnyWritten, let failure = reduced.failure { throw failure }
        if format == .html { try writePage() }
        try giveNames()
        if options.reduction.makesDigest, let file = options.file {
            let lines = [ControlCharacters.neutralised(file)] + reduced.digest.lines(bytes: reduced.bytes)
            try place.streams.write(lines.joined(separator: "\n") + "\n")
        }
    }

    private func giveNames() throws {
        try state.withLock { state in
            var moves = [state.move].compactMap(\.self)
            if case .files(let files) = state.destination {
                for file in files {
                    do throws(FileError) {
                        if let move = try commit(file) { moves.append(move) }
                    } catch {
                        moves.append(try moveToStandardOutput(file, &state, after: error))
                    }
                }
            }
            if moves.isEmpty { return }
            throw OutputFailure(moves.map(\.text).joined(separator: "; "), isSaved: true)
        }
    }

    /// Whether there is a line on standard error that is drawn anew while work goes on; a trace would be in its way.
    package var redrawsProgress: Bool { place.terminal.canAnimate && !options.isQuiet && !options.isVerbose }

    /// A line on standard error, unless `--quiet`.
    package func note(_ line: String) {
        guard !options.isQuiet else { return }
        place.streams.note(ControlCharacters.neutralised(secrets.masked(line)))
    }

    /// A line with a command in it on standard error, unless `--quiet`.
    package func note(_ hint: Hint, behind prefix: String = "") {
        if !options.isQuiet { place.streams.note(hint, behind: prefix) }
    }

    /// Lines on standard error, unless `--quiet`.
    package func noteLines(_ lines: String) {
        if !options.isQuiet { place.streams.note(ControlCharacters.neutralisedLines(secrets.masked(lines))) }
    }

    /// A line of `--verbose`.
    package func trace(_ line: String) {
        guard options.isVerbose else { return }
        place.streams.note(ControlCharacters.neutralised(secrets.shortened(line)))
    }

    /// A warning on standard error, unless `--quiet`; a long one, as servers may send, is shortened.
    package func warn(_ line: String) { note("warning: \(line.shortened(to: 4_000))") }

    /// A warning that the API gave.
    package func warn(saying text: String, behind prefix: String = "") {
        warn(prefix + secrets.shownWords(of: text.utf8, limit: 4_000))
    }

    /// A warning that several places may have reason for, once.
    package func warnOnce(_ line: String) { if remember(line) { warn(line) } }

    /// Does `work`, which writes several lines, without the lines of other such work between them.
    package func together(_ work: () -> Void) { turn.withLock { _ in work() } }

    /// Remembers a line as told, and returns whether it is new.
    package func remember(_ line: String) -> Bool { told.withLock { $0.insert(line).inserted } }

    package func style(_ style: Style, _ text: String) -> String { style.apply(text, enabled: usesColor) }
}

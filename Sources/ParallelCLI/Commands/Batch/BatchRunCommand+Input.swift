import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Reads the input of a batch, and tells what was found in it.
extension BatchRunCommand {
    private var inputName: InputName { InputName(source: options.source) }

    /// Reads all rows of the input into `spool`, tells its columns, and plans the batch. Asks what separates cells if
    /// that is not clear. Throws if rows are bad, unless such rows are skipped, and if nothing is asked about the rows.
    ///
    /// - Parameter isNew: whether no earlier call has begun the batch. Only then can equal rows still share a run.
    func readPlan(_ task: TaskRunRequest, isNew: Bool, into spool: RowSpool) async throws -> BatchPlan {
        var input = options.input
        do {
            do {
                return try readPlan(task, input, isNew: isNew, into: spool)
            } catch InputError.delimiterIsUnclear(let delimiter, let usual) where mayAsk {
                let question =
                    "\(inputName.shown): the header has \(delimiter.shownDelimiter) and no \(usual.shownDelimiter). "
                    + "Are cells separated by \(delimiter.shownDelimiter)?"
                guard try await context.confirms(question, orElse: "nothing was run") else {
                    let hint: Hint =
                        "--delimiter \(delimiter.delimiterWord) or --delimiter \(usual.delimiterWord) says what separates them"
                    throw ErrorReport(.unexpected, "not confirmed; nothing was run", hints: [hint])
                }
                input.reading.delimiter = delimiter
                agreedDelimiter.withLock { $0 = delimiter }
                return try readPlan(task, input, isNew: isNew, into: spool)
            }
        } catch let error as FileError where error.path == context.filePath(options.source) {
            throw UsageError("can't read \(options.source): \(error.reason)")
        } catch {
            throw UsageError(error, inInput: inputName) ?? error
        }
    }

    /// Whether the user can be asked about the input, and the input be read again then.
    private var mayAsk: Bool {
        context.terminal.canPrompt && options.source != "-" && UserFile.isRegular(context.filePath(options.source))
    }

    private func readPlan(
        _ task: TaskRunRequest, _ inputOptions: InputOptions, isNew: Bool, into spool: RowSpool
    ) throws -> BatchPlan {
        var reader = InputReader(inputOptions, for: task, into: spool)
        var badRows: AtomicFile?
        if let file = options.badRowsFile, !options.isDryRun {
            do throws(FileError) {
                badRows = try AtomicFile(path: context.filePath(file), temporaryDirectory: context.temporaryDirectory)
            } catch {
                throw UsageError("can't write \(file): \(error.reason)")
            }
        }
        if options.source == "-" {
            while case let piece = try context.streams.read(), !piece.isEmpty {
                try reader.feed(piece)
                try badRows?.write(reader.takeUnreadableText())
            }
        } else {
            try UserFile.read(context.filePath(options.source)) {
                try reader.feed($0)
                try badRows?.write(reader.takeUnreadableText())
            }
        }
        try reader.finish()
        try badRows?.write(reader.takeUnreadableText())
        let input = try reader.result()
        guard options.asksSomething || input.columns.contains(where: \.isWholeRow) else {
            throw UsageError(
                "\(inputName.shown): nothing is asked about its rows",
                hint:
                    "say what to find with --field 'NAME=DESCRIPTION', --template 'Who founded {\(input.columns[0].name)}?' "
                    + "or --output-text, --output-auto, --output-schema")
        }
        output.tell(reader.notices, of: inputName)
        output.note(Self.summary(of: input, reader.notices))
        if isNew {
            if input.columns.count == 1, input.format.separator != nil, input.reading.hasHeader,
                context.terminal.canPrompt
            {
                output.note("--no-header if the first line is a row")
            }
            tell(reader.notices)
        }
        warn(ofRepeatedHeaders: reader.notices)
        let selection = try RowSelection(
            of: input, shard: options.shard, limit: options.limit, sample: options.sample)
        let plan = try BatchPlan(task, options.input.rowInput, input, selection)
        try save(&badRows)
        return plan
    }

    /// Saves the lines that could not be read, unless there are none or the file has the same lines already.
    private func save(_ badRows: inout AtomicFile?) throws {
        guard let file = options.badRowsFile, let lines = try badRows?.contents(), !lines.isEmpty else { return }
        let path = context.filePath(file)
        do {
            if UserFile.exists(path), !options.layout.replacesFile {
                if try UserFile.isRegular(path) && UserFile.read(path) == lines { return }
                throw UsageError("\(file) exists", hint: "--force replaces it")
            }
            try badRows?.commit(replacing: options.layout.replacesFile)
        } catch let error as FileError {
            throw UsageError("can't write \(file): \(error.reason)")
        }
    }

    // MARK: - Telling

    /// The maximum number of characters of column names that are shown.
    private static let shownNames = 80

    /// Returns what the input was read as: `3 columns: company, city, note; 2,000 rows; separated by ';'`.
    private static func summary(of input: BatchInput, _ notices: InputReader.Notices) -> String {
        var names: [String] = []
        var length = 0
        for column in input.columns {
            let name = column.name.shortened(to: shownNames / 2)
            length += name.count + 2
            if length > shownNames, !names.isEmpty { break }
            names.append(name)
        }
        let more = input.columns.count - names.count
        if more > 0 { names.append("and \(more.grouped) more") }
        var facts = [
            "\(counted(input.columns.count, "column")): \(names.joined(separator: ", "))",
            counted(input.rowCount, "row"),
        ]
        if let encoding = notices.encoding { facts.append("read as \(encoding.shown)") }
        if let separator = notices.separator { facts.append("separated by \(separator.shownDelimiter)") }
        if notices.hasQuotesAsText { facts.append("quotes are text") }
        switch notices.multilineRows {
        case 0: break
        case 1: facts.append("1 row has cells of several lines")
        default: facts.append("\(notices.multilineRows.grouped) rows have cells of several lines")
        }
        return facts.joined(separator: "; ")
    }

    /// Tells what rows cost nothing, or more than they need to.
    private func tell(_ notices: InputReader.Notices) {
        if notices.blankRows > 0 {
            let isOne = notices.blankRows == 1
            output.note(
                "\(counted(notices.blankRows, "blank row")): \(isOne ? "it costs nothing and keeps its place" : "they cost nothing and keep their places")"
            )
        }
        if notices.equalRows > 0 {
            let isOne = notices.equalRows == 1
            let what = "\(counted(notices.equalRows, "row")) \(isOne ? "is" : "are") equal to an earlier one"
            let shared = isOne ? "it gets the result of that one" : "they get the results of those"
            output.note("\(what): \(options.joinsEqualRows ? shared : "--dedup runs each once")")
        }
    }

    private func warn(ofRepeatedHeaders notices: InputReader.Notices) {
        let repeated = notices.repeatedHeaders
        if repeated.count == 1 {
            output.warn("\(inputName.shown): line \(repeated.line) repeats the header")
        } else if repeated.count > 1 {
            output.warn(
                "\(inputName.shown): \(repeated.count.grouped) lines repeat the header, the first is line \(repeated.line)"
            )
        }
    }
}

extension Output {
    /// Warns of unusual column titles, and says which rows are not run.
    func tell(_ notices: InputReader.Notices, of input: InputName) {
        let name = input.shown
        for warning in notices.warnings { warn("\(name): \(warning)") }
        if let header = notices.doubtfulHeader, let error = UsageError(header, inInput: input) {
            warn(error.message)
            if let hint = error.hint { note(hint, behind: "  ") }
        }
        tell(notices.unreadable, "\(name): left out \(counted(notices.unreadable.count, "bad row"))")
        let isOne = notices.unusable.count == 1
        tell(
            notices.unusable,
            "\(name): \(counted(notices.unusable.count, "row")) can't be sent and \(isOne ? "gets" : "get") no run")
    }

    private func tell(_ rows: SkippedRows, _ what: String) {
        guard rows.count > 0 else { return }
        warn(what)
        for error in rows.first { note("  \(error)") }
        if rows.count > rows.first.count { note("  and \((rows.count - rows.first.count).grouped) more") }
    }
}

import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The files of a batch: its input, its output, and the files that allow it to be resumed.
extension BatchRunCommand {
    private var statePath: String? { options.statePath.map(context.filePath) }

    /// Opens the files of the batch, which locks it against other processes. Throws if the output is not one of this
    /// batch or can't be written.
    func openFiles() throws -> BatchFiles {
        try checkFiles()
        let files = try reportingFiles {
            try BatchFiles(state: statePath, temporaryDirectory: context.temporaryDirectory)
        }
        try checkOutput(files)
        return files
    }

    /// Throws if somebody else has changed the output of the batch, and it is not to be replaced nevertheless.
    func checkOutput(_ files: BatchFiles) throws {
        guard let file = options.layout.file, files.journal?.header != nil, !options.layout.replacesFile,
            !mayReplace(file, files)
        else { return }
        files.removeEmptyResults()
        throw UsageError(
            "\(file) has changed since this batch wrote it",
            hint: files.journal?.ending == nil
                ? "--force replaces it, and goes on with the batch; or move it away"
                : "--force replaces it; or move it away")
    }

    /// Whether the batch may replace its output: where there is none, or it has written the one that there is.
    func mayReplace(_ file: String, _ files: BatchFiles) -> Bool {
        let path = context.filePath(file)
        // A device or a pipe is written to, not replaced.
        guard UserFile.isRegular(path) else { return true }
        return (try? OutputFingerprint.ofFile(path)).map { files.journal?.hasWritten($0) == true } ?? false
    }

    /// Says which columns of the output that there is this command leaves out, and which flags keep them.
    func tellLostColumns(_ files: BatchFiles) {
        guard let file = options.layout.file, !options.doesNotWait, !options.layout.isRaw,
            case let path = context.filePath(file), UserFile.isRegular(path),
            let layout = (try? OutputFingerprint.ofFile(path)).flatMap({ files.journal?.layout(ofOutput: $0) })
        else { return }
        let now = options.layout.key.split(separator: " ")
        let flags = BatchLayoutOptions.columnFlags(ofKey: layout) { !now.contains($0) }
        if flags.isEmpty { return }
        output.note(
            "\(file) has columns that this command leaves out; to keep them, add \(flags.joined(separator: " "))")
    }

    /// Throws if a file prevents the batch; leaves no file behind.
    func checkFiles() throws {
        try checkNames()
        try reportingFiles {
            let hasBegun = try BatchFiles.header(state: statePath) != nil
            if let flag = options.rerunFlags.first, options.statePath == nil {
                throw UsageError(
                    "\(flag) needs what a batch leaves beside its output", hint: "--output FILE names that output")
            }
            if let flag = options.rerunFlags.first, !hasBegun, options.previous == nil {
                throw UsageError("\(flag): there is no batch yet (\(options.statePath ?? "") does not exist)")
            }
            if let file = options.layout.file {
                try context.checkOutput(
                    file,
                    refusingExisting: options.layout.replacesFile || hasBegun
                        ? nil : "--force replaces it, which runs and pays for all rows")
            }
        }
    }

    /// The absolute path of the input; nil for an input that other processes can't read.
    var inputPath: String? {
        let path = context.filePath(options.source)
        if options.source == "-" || FileTarget.isOfThisProcess(path) { return nil }
        return path.begins(with: "/") ? path : context.workingDirectory.map { "\($0)/\(path)" }
    }

    /// Makes the error for a batch that an earlier one prevents: first how to get what was paid for that one, then how
    /// to begin anew.
    ///
    /// - Parameters:
    ///   - groups: the groups of the earlier batch.
    ///   - name: what `batch results` takes: the output, or else the groups.
    func refusal(_ message: String, groups: [String], named name: [String], hint: Hint? = nil) -> ErrorReport {
        let paths = [options.statePath, options.statePath.map(BatchFiles.resultsPath(ofState:)), options.layout.file]
        let names = paths.compactMap(\.self).filter { UserFile.isTaken(context.filePath($0)) }
        let results = context.command(
            ["batch", "results"], operands: name.map(context.maskedWord), flags: options.connection.words)
        let which = "\(groups.count == 1 ? "group" : "groups") \(groups.joined(separator: ", "))"
        return ErrorReport(
            .usage, message,
            hints: [
                groups.isEmpty ? nil : "get what is paid of \(which) with: \(command: results)",
                hint,
                Hint(
                    "to begin anew, which pays for all rows again, name another output or remove "
                        + "\(names.joined(separator: ", ")) first"
                        + (options.layout.file.map {
                            "; batch forget \(context.maskedWord($0)) removes what is beside it"
                        } ?? "")),
            ])
    }

    /// Makes the error for a plan that differs from that of the batch of `header`.
    func refusal(_ difference: BatchPlan.Difference, _ header: BatchHeader, mayHaveOtherRows: Bool) -> ErrorReport {
        let name = options.layout.file ?? options.statePath ?? header.group
        var hint: Hint? =
            "batch run --add-new runs the rows that are new or have no run yet, and keeps the results of the others; "
            + "--only-changed \(name) does so into another --output"
        if case .part(let part, _) = difference {
            // A setting may have chosen either of them.
            hint = header.parts[part]?.string.flatMap { before in
                part == .processor ? Hint("it was begun with '\(before)': --processor \(before) goes on with it") : nil
            }
        }
        if !mayHaveOtherRows || options.shard != nil { hint = nil }
        return refusal(
            difference.text(reading: options.source), groups: header.groups, named: [name], hint: hint)
    }

    /// Does `work`, which precedes all requests that run a row. If a file of the batch fails, the error says so, and
    /// how to go on where there is a group already.
    func preparing<Value>(_ files: BatchFiles, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await files.removingOnFailure { try await explainingLostResults(work) }
        } catch let error as FileError {
            var report = ErrorReport(error, context)
            report.message += "; nothing was run"
            if files.journal?.header != nil { report.hints.append(again("go on with the same command")) }
            throw report
        }
    }

    /// Does `work`. If results on disk are lost, the error names the command that collects them from the API.
    func explainingLostResults<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let lost as ResultFile.IsIncomplete {
            var report = ErrorReport(lost, context)
            let name = options.layout.file ?? options.statePath ?? ""
            let results = context.command(
                ["batch", "results"], operands: [context.maskedWord(name)], flags: options.connection.words)
            report.hints = ["get what is paid with: \(command: results)"]
            throw report
        }
    }

    /// Throws if one file has several of the roles input, output, state and results.
    private func checkNames() throws(UsageError) {
        var named: [(name: String, path: String)] = []
        if options.source != "-" { named.append((options.source, context.filePath(options.source))) }
        if let file = options.layout.file { named.append((file, context.filePath(file))) }
        if let file = options.badRowsFile { named.append((file, context.filePath(file))) }
        if let state = options.statePath {
            for name in [state, BatchFiles.resultsPath(ofState: state)] {
                named.append((name, context.filePath(name)))
            }
        }
        for (index, one) in named.enumerated() {
            for other in named[..<index] where one.path == other.path || UserFile.isSame(one.path, other.path) {
                throw UsageError("\(one.name) is named twice: input, output, state and results need a file each")
            }
        }
    }

    /// Does `work` and turns errors about files into usage errors.
    private func reportingFiles<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let failure as BatchJournal.Failure {
            throw UsageError(failure)
        } catch let lost as BatchFiles.StateIsLost {
            throw refusal(
                "\(lost.resultsPath) exists, and the state of its batch is lost", groups: lost.groups,
                named: lost.groups)
        } catch let error as FileError {
            let isState = [statePath, statePath.map(BatchFiles.resultsPath(ofState:))].contains(error.path)
            throw UsageError(
                "can't write \(error.path): \(error.reason)",
                hint: isState ? "--state FILE names another place for it" : nil)
        }
    }
}

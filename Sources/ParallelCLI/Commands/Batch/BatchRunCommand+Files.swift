import ParallelBatch
import ParallelSystem

/// The files of a batch: its input, its output, and the files that allow it to be resumed.
extension BatchRunCommand {
    private var statePath: String? { options.statePath.map(context.filePath) }

    /// Opens the files of the batch, which locks it against other processes. Throws if the output exists or can't be
    /// written.
    func openFiles() throws -> BatchFiles {
        try checkFiles()
        return try reportingFiles {
            try BatchFiles(state: statePath, temporaryDirectory: context.temporaryDirectory)
        }
    }

    /// Throws if a file prevents the batch; leaves no file behind.
    func checkFiles() throws {
        try checkNames()
        try reportingFiles {
            let hasBegun = try BatchFiles.header(state: statePath) != nil
            if let file = options.layout.file { try checkOutput(file, hasBegun: hasBegun) }
        }
    }

    /// The absolute path of the input; nil for an input that other processes can't read.
    var inputPath: String? {
        let path = context.filePath(options.source)
        if options.source == "-" || FileTarget.isOfThisProcess(path) { return nil }
        return path.begins(with: "/") ? path : context.workingDirectory.map { "\($0)/\(path)" }
    }

    /// Says how to begin a batch anew if an earlier one prevents it.
    var beginAnew: Hint {
        let files = [options.statePath, options.statePath.map(BatchFiles.resultsPath(ofState:)), options.layout.file]
        let names = files.compactMap(\.self).filter { UserFile.exists(context.filePath($0)) }
        return "to begin anew, which pays for all rows again, remove \(names.joined(separator: ", ")) first"
    }

    /// Throws if the output could not be written in the end. An output that an earlier call wrote for the same batch
    /// may be replaced.
    private func checkOutput(_ file: String, hasBegun: Bool) throws {
        let path = context.filePath(file)
        do {
            switch try FileTarget(path) {
            case .file(let target, let exists):
                if exists, !options.layout.replacesFile, !hasBegun {
                    throw UsageError(
                        "\(file) exists", hint: "--force replaces it, which runs and pays for all rows again")
                }
                if exists { try AtomicFile.requireReplaceable(target) }
                _ = try AtomicFile(path: path, temporaryDirectory: context.temporaryDirectory)
            case .descriptor(let number): _ = try FileDescriptor(sharing: number, reportedAs: file)
            // A pipe is opened only at the end, because its reader may not wait longer than for any other file.
            case .stream: break
            }
        } catch let error as FileError {
            throw UsageError("can't write \(file): \(error.reason)")
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
            throw UsageError(
                "\(lost.resultsPath) exists, and the state of its batch is lost",
                hint: "remove it to begin anew, which pays for all rows again")
        } catch let error as FileError {
            let isState = [statePath, statePath.map(BatchFiles.resultsPath(ofState:))].contains(error.path)
            throw UsageError(
                "can't write \(error.path): \(error.reason)",
                hint: isState ? "--state FILE names another place for it" : nil)
        }
    }
}

import ParallelBatch
import ParallelSystem

/// The files of a batch: its input, its output, and what it keeps in order to be resumed.
extension BatchRunCommand {
    private var statePath: String? { options.statePath.map(context.filePath) }

    /// Opens the files that the batch keeps, which locks it against other processes. Refuses to begin one whose output
    /// exists or could not be written.
    func openFiles() throws -> BatchFiles {
        try checkFiles()
        return try reportingFiles {
            try BatchFiles(state: statePath, temporaryDirectory: context.temporaryDirectory)
        }
    }

    /// Refuses files that are in the way of the batch; nothing is left behind.
    func checkFiles() throws {
        try checkNames()
        try reportingFiles {
            let hasBegun = try BatchFiles.header(state: statePath) != nil
            if let file = options.layout.file { try checkOutput(file, hasBegun: hasBegun) }
        }
    }

    /// The absolute path of the input; nil for what another process can't read.
    var inputPath: String? {
        let path = context.filePath(options.source)
        if options.source == "-" || FileTarget.isOfThisProcess(path) { return nil }
        return path.begins(with: "/") ? path : context.workingDirectory.map { "\($0)/\(path)" }
    }

    /// What to do where a batch that was begun is in the way.
    var beginAnew: Hint {
        let files = [options.statePath, options.statePath.map(BatchFiles.resultsPath(ofState:)), options.layout.file]
        let names = files.compactMap(\.self).filter { UserFile.exists(context.filePath($0)) }
        return "to begin anew, which pays for all rows again, remove \(names.joined(separator: ", ")) first"
    }

    /// Refuses an output that could not be written in the end. One that an earlier call wrote for the same batch is
    /// replaced.
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
            // It is opened at the end, as somebody may wait for it with as little patience as for any file.
            case .stream: break
            }
        } catch let error as FileError {
            throw UsageError("can't write \(file): \(error.reason)")
        }
    }

    /// Refuses names under which one file would be taken for another.
    private func checkNames() throws(UsageError) {
        var named: [(name: String, path: String)] = []
        if options.source != "-" { named.append((options.source, context.filePath(options.source))) }
        if let file = options.layout.file { named.append((file, context.filePath(file))) }
        if let state = options.statePath {
            for name in [state, BatchFiles.resultsPath(ofState: state)] {
                named.append((name, context.filePath(name)))
            }
        }
        for (index, one) in named.enumerated() {
            for other in named[..<index] where one.path == other.path || UserFile.isSame(one.path, other.path) {
                throw UsageError("\(one.name) can't be two of input, output, state and results at once")
            }
        }
    }

    /// Does `work` and reports what is wrong with a file as a usage error.
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

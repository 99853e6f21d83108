import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Begins a batch, or finds the one that an earlier call with the same input and output has begun.
struct BatchOpening {
    let files: BatchFiles
    private let options: BatchRunOptions
    private let statePath: String?

    /// Opens the files, which keeps other processes away from the batch. Refuses to begin one whose output exists or
    /// could not be written.
    init(_ options: BatchRunOptions, _ context: Context) throws {
        self.options = options
        let statePath = options.statePath.map(context.filePath)
        self.statePath = statePath
        let directory = statePath.map(Directory.containing) ?? context.temporaryDirectory
        try Self.check(options, context)
        files = try Self.reporting(statePath) {
            let record = try statePath.map { try BatchRecord(path: $0) }
            do {
                return BatchFiles(
                    input: try LineFile(path: nil, temporaryDirectory: directory),
                    results: try LineFile(path: statePath.map(BatchPaths.results), temporaryDirectory: directory),
                    record: record)
            } catch {
                if record?.header == nil { record?.remove() }
                throw error
            }
        }
    }

    /// Refuses files that are in the way of a batch with these options; nothing is left behind.
    static func check(_ options: BatchRunOptions, _ context: Context) throws {
        try checkPaths(options, context)
        let statePath = options.statePath.map(context.filePath)
        try reporting(statePath) {
            let hasBegun = try statePath.map { try BatchRecord.header(at: $0) != nil } ?? false
            // Without a header there were no runs, so that empty files are all that such a batch leaves behind.
            if let results = statePath.map(BatchPaths.results), !hasBegun, UserFile.isTaken(results) {
                throw UsageError(
                    "\(results) exists, and the state of its batch is lost",
                    hint: "remove it to begin anew, which pays for all rows again")
            }
            if let file = options.layout.file { try checkOutput(file, options, hasBegun: hasBegun, context) }
        }
    }

    /// Tells what is wrong with a file as the mistake that it is.
    private static func reporting<Value>(_ statePath: String?, _ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let fault as BatchRecord.Fault {
            throw BatchPaths.error(fault)
        } catch let error as FileError {
            let isState = [statePath, statePath.map(BatchPaths.results)].contains(error.path)
            throw UsageError(
                "can't write \(error.path): \(error.reason)",
                hint: isState ? "--state FILE names another place for it" : nil)
        }
    }

    /// Refuses an output that could not be written in the end. One that an earlier call wrote for the same batch is
    /// replaced.
    private static func checkOutput(
        _ file: String, _ options: BatchRunOptions, hasBegun: Bool, _ context: Context
    ) throws {
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
            case .descriptor(let number): _ = try OpenStream(sharing: number, reportedAs: file)
            // It is opened at the end, as somebody may wait for it with as little patience as for any file.
            case .stream: break
            }
        } catch let error as FileError {
            throw UsageError("can't write \(file): \(error.reason)")
        }
    }

    /// Refuses names under which one file would be taken for another.
    private static func checkPaths(_ options: BatchRunOptions, _ context: Context) throws(UsageError) {
        var named: [(name: String, path: String)] = []
        if options.source != "-" { named.append((options.source, context.filePath(options.source))) }
        if let file = options.layout.file { named.append((file, context.filePath(file))) }
        if let state = options.statePath {
            named.append((state, context.filePath(state)))
            named.append((BatchPaths.results(state), BatchPaths.results(context.filePath(state))))
        }
        for (index, one) in named.enumerated() {
            for other in named[..<index] where one.path == other.path || UserFile.isSame(one.path, other.path) {
                throw UsageError("\(one.name) can't be two of input, output, state and results at once")
            }
        }
    }

    /// Does what comes before the batch; if that fails, a batch that had not begun leaves nothing behind.
    func preparing<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            abandon()
            throw error
        }
    }

    private func abandon() {
        guard files.record?.header == nil else { return }
        files.record?.remove()
        if statePath != nil { files.results.remove() }
    }

    /// The group of a batch that was begun before; refuses to go on where that was with another input or another task.
    func existingGroup(_ request: TaskRunRequest, _ input: BatchInput, _ context: Context) throws -> String? {
        guard let header = files.record?.header else { return nil }
        try check(header, Self.details(options, request, input), input, context)
        return header.group
    }

    /// Begins the batch: from here on it can be gone on with.
    func begin(
        _ request: TaskRunRequest, _ input: BatchInput, _ client: ParallelClient, _ output: Output, _ context: Context
    ) async throws -> String {
        let metadata = BatchMetadata(
            fingerprint: input.fingerprint, rowCount: input.rowCount, shard: options.shard)
        let group: TaskGroup
        do {
            group = try await Deadline.run(within: options.timeout, context.clock) {
                try await client.createGroup(metadata: metadata.json)
            }
        } catch let error as WaitTimedOut {
            throw ErrorReport.retelling(error, as: "the wait ended before there was a group; nothing was run", context)
        }
        try files.record?.begin(
            BatchHeader(
                group: group.id, rowCount: input.rowCount, fingerprint: input.fingerprint,
                source: Self.source(options, context), options: Self.details(options, request, input)))
        output.note("group \(group.id) created")
        return group.id
    }

    private func beginAnew(_ context: Context) -> Hint {
        let files = [options.statePath, options.statePath.map(BatchPaths.results), options.layout.file]
        let names = files.compactMap(\.self).filter { UserFile.exists(context.filePath($0)) }
        return "to begin anew, which pays for all rows again, remove \(names.joined(separator: ", ")) first"
    }

    private func check(
        _ header: BatchHeader, _ details: JSONObject, _ input: BatchInput, _ context: Context
    ) throws(UsageError) {
        if header.fingerprint != input.fingerprint || header.rowCount != input.rowCount {
            throw UsageError(
                "\(options.source) is not what the batch was begun with: it had \(header.rowCount.grouped) rows, and now "
                    + (header.rowCount == input.rowCount ? "some differ" : "there are \(input.rowCount.grouped)"),
                hint: beginAnew(context))
        }
        for member in details where header.options[member.key] != member.value {
            throw UsageError(
                "the batch was begun with another \(member.key) than is asked for now", hint: beginAnew(context))
        }
    }

    /// Where the input is, from wherever it is asked for later; nil for what nobody else can read.
    private static func source(_ options: BatchRunOptions, _ context: Context) -> String? {
        let path = context.filePath(options.source)
        if options.source == "-" || FileTarget.isOfThisProcess(path) { return nil }
        return path.begins(with: "/") ? path : context.workingDirectory.map { "\($0)/\(path)" }
    }

    /// What must be the same for a batch to go on, and what is needed to read it elsewhere.
    private static func details(
        _ options: BatchRunOptions, _ request: TaskRunRequest, _ input: BatchInput
    ) -> JSONObject {
        var task = request.json(.masked).object ?? [:]
        let schema = task["task_spec"]
        for key in ["input", "processor", "task_spec"] { task[key] = nil }
        return [
            "processor": .string(request.processor), "schema": schema ?? .null, "task": .object(task),
            "shard": .string(options.shard?.text ?? ""),
            templateKey: options.template.map { .string($0.text) } ?? .null,
            roomKey: .number(JSONNumber(request.roomForInput)),
            columnsKey: .array(options.columns.map(JSONValue.string)), formatKey: .string(input.format.rawValue),
        ]
    }

    // What is needed to read the input again.
    static let templateKey = "template"
    static let columnsKey = "choice of columns"
    static let formatKey = "format"
    static let roomKey = "room for the input"
}

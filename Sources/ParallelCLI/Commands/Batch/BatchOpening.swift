import ParallelCore
import ParallelJSON
import ParallelSystem

/// Begins a batch, or finds the one that an earlier call with the same input and output has begun.
struct BatchOpening {
    let files: BatchFiles
    private let options: BatchRunOptions
    private let statePath: String?

    /// Opens the files, which keeps other processes away from the batch. Refuses to begin one whose output exists.
    init(_ options: BatchRunOptions, _ context: Context) throws {
        self.options = options
        statePath = options.statePath.map(context.filePath)
        if let file = options.layout.file {
            let path = context.filePath(file)
            let mayReplace = options.layout.replacesFile || statePath.map(UserFile.exists) == true
            if UserFile.exists(path), !mayReplace { throw UsageError("\(file) exists", hint: "--force replaces it") }
        }
        let directory = statePath.map(BatchPaths.directory) ?? BatchPaths.temporaryDirectory(context)
        do {
            let record = try statePath.map { try BatchRecord(path: $0) }
            let results = try LineFile(path: statePath.map(BatchPaths.results), temporaryDirectory: directory)
            if record?.header == nil { try results.removeAll() }
            files = BatchFiles(
                input: try LineFile(path: nil, temporaryDirectory: directory), results: results, record: record)
        } catch let fault as BatchRecord.Fault {
            throw BatchPaths.error(fault)
        } catch let error as FileError {
            throw UsageError("can't write \(error.path): \(error.reason)")
        }
    }

    /// Does what comes before the batch; if that fails, a batch that had not begun leaves nothing behind.
    func preparing<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
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

    /// The group that the rows go to, and whether it may have runs already.
    ///
    /// Tells what it will cost, and refuses or asks where that is too much; refuses to go on where another input or
    /// another task was begun with.
    func group(
        for request: TaskRunRequest, _ input: BatchInput, _ selection: BatchSelection, _ client: ParallelClient,
        _ output: Output, _ context: Context
    ) async throws -> (id: String, hasRuns: Bool) {
        do {
            return try await begin(request, input, selection, client, output, context)
        } catch {
            abandon()
            throw error
        }
    }

    private func begin(
        _ request: TaskRunRequest, _ input: BatchInput, _ selection: BatchSelection, _ client: ParallelClient,
        _ output: Output, _ context: Context
    ) async throws -> (id: String, hasRuns: Bool) {
        let details = Self.details(options, request, input)
        let wanted = (0..<input.rowCount).count(where: selection.contains)
        func estimate(_ rows: Int) -> CostEstimate { CostEstimate(rows: rows, processor: request.processor) }
        if let header = files.record?.header {
            try check(header, details, input)
            let existing = try await client.group(header.group).status.runCount
            // Rows of an earlier sample may or may not be among those that are wanted now.
            let remaining = selection.isWhole ? max(0, wanted - existing) : wanted
            output.note("going on with group \(header.group), which has \(existing.grouped) of \(wanted.grouped) rows")
            try BatchApproval.settle(
                options, whole: estimate(existing + remaining), remaining: estimate(remaining), context)
            return (header.group, true)
        }
        output.note(estimate(wanted).text)
        try BatchApproval.settle(options, whole: estimate(wanted), remaining: estimate(wanted), context)
        var metadata: JSONObject = [
            "parallel_input": .string(input.fingerprint), "parallel_rows": .string(String(input.rowCount)),
        ]
        if let shard = options.shard { metadata["parallel_shard"] = .string(shard.text) }
        let group = try await client.createGroup(metadata: metadata)
        try files.record?.begin(
            BatchHeader(
                group: group.id, rowCount: input.rowCount, fingerprint: input.fingerprint,
                source: Self.source(options, context), options: details))
        output.note("group \(group.id) created")
        return (group.id, false)
    }

    private func check(_ header: BatchHeader, _ details: JSONObject, _ input: BatchInput) throws(UsageError) {
        let state = statePath ?? ""
        let hint = "to begin anew, which pays for all rows again, remove \(state) first"
        if header.fingerprint != input.fingerprint || header.rowCount != input.rowCount {
            throw UsageError(
                "\(options.source) is not what the batch was begun with: it had \(header.rowCount.grouped) rows, and now "
                    + (header.rowCount == input.rowCount ? "some differ" : "there are \(input.rowCount.grouped)"),
                hint: hint)
        }
        for member in details where header.options[member.key] != member.value {
            throw UsageError("the batch was begun with another \(member.key) than is asked for now", hint: hint)
        }
    }

    /// Where the input is, from wherever it is asked for later; nil for standard input.
    private static func source(_ options: BatchRunOptions, _ context: Context) -> String? {
        if options.source == "-" { return nil }
        let path = context.filePath(options.source)
        return path.hasPrefix("/") ? path : context.workingDirectory.map { "\($0)/\(path)" }
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
            "template or choice of columns": .string(options.template?.text ?? options.columns.joined(separator: ",")),
            "format": .string(input.format.rawValue),
        ]
    }
}

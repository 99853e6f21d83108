import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The file of `--state`, which keeps what the API does not tell of a run: its metadata, its webhook, its enrichments,
/// and what earlier runs have found. MCP servers are names in it, without a header or a value.
///
/// It is written before and after a run is created: a program that ends in between leaves a mark.
struct FindAllState: Sendable {
    private static let version = 1

    let path: String
    private var json: JSONObject
    /// The file as it was read; nil if there was none.
    private let read: [UInt8]?

    /// Begins a state that is saved at `path`, in place of `earlier`.
    init(
        path: String, _ body: JSONObject, _ enrichments: [Enrichment], known: FindAllExclusions,
        after earlier: FindAllState? = nil
    ) {
        self.path = path
        read = earlier?.read
        json = ["version": .number(JSONNumber(Self.version))]
        json["request"] = .object(
            JSONObject(
                body.members.filter { ["metadata", "webhook", "memory_scope_key"].contains($0.key) }
                    .map { ($0.key, $0.value) }))
        json["enrichments"] = .array(enrichments.map(Self.json))
        json["known"] = known.json
    }

    /// Reads the file; nil if there is none. Throws `FileError`, also for a file that others can read, and
    /// `UsageError` for another kind of file.
    static func read(_ path: String) throws -> FindAllState? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try UserFile.readPrivate(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        guard let json = try? JSONValue.parse(bytes).object, json["version"]?.int == version else {
            throw UsageError("--state: \(path) is no state of FindAll that this version knows")
        }
        return FindAllState(path: path, json: json, read: bytes)
    }

    private init(path: String, json: JSONObject, read: [UInt8]) {
        (self.path, self.json, self.read) = (path, json, read)
    }

    var runID: String? { json["findall_id"]?.string.flatMap { TaskRun.isTypable($0) ? $0 : nil } }
    /// When a run was being created whose id is not known, in seconds since 1970; nil if none was.
    var creatingSince: Int? { json["creating_since"]?.int }
    /// What a run is created with beside its schema.
    var request: JSONObject { json["request"]?.object ?? [:] }
    var known: [JSONValue] { json["known"]?.array ?? [] }

    var enrichments: [Enrichment] {
        (json["enrichments"]?.array ?? []).compactMap { saved in
            guard let processor = saved["processor"]?.string, let schema = saved["output_schema"] else { return nil }
            var task = TaskOptions()
            task.mcpNames = (saved["mcp"]?.array ?? []).compactMap(\.string)
            task.mcpConfigFile = saved["mcp_config"]?.string
            task.accounts = LoginAccounts((saved["accounts"]?.array ?? []).compactMap(\.string))
            return Enrichment(processor: processor, schema: schema, task: task)
        }
    }

    private static func json(_ enrichment: Enrichment) -> JSONValue {
        var saved: JSONObject = ["processor": .string(enrichment.processor), "output_schema": enrichment.schema]
        func list(_ words: [String]) -> JSONValue? { words.isEmpty ? nil : .array(words.map(JSONValue.string)) }
        if let names = list(enrichment.task.mcpNames) { saved["mcp"] = names }
        if let file = enrichment.task.mcpConfigFile { saved["mcp_config"] = .string(file) }
        if let accounts = list(enrichment.task.accounts.words) { saved["accounts"] = accounts }
        return .object(saved)
    }

    // MARK: - Saving

    /// Takes the id of the run that a new one follows, which stays until that is created.
    mutating func goOn(from id: String) { json["findall_id"] = .string(id) }

    /// Saves that a run is being created. Throws if another program has changed the file since it was read, as it may
    /// have created a run for it.
    func saving(creatingSince seconds: Int) throws {
        // Of several programs that have read the file, one takes the lock and replaces it; the others find another one.
        let lock = read == nil ? nil : try FileLock(path: path)
        defer { lock?.release() }
        guard lock?.take() != false, UserFile.exists(path) == (read != nil),
            try read == nil || UserFile.readPrivate(path) == read
        else {
            throw ErrorReport(.unexpected, "--state: \(path) has been changed by another program; no run was created")
        }
        var state = self
        state.json["creating_since"] = .number(JSONNumber(seconds))
        try state.save(replacing: read != nil)
    }

    /// Saves that a run was created.
    func saving(created id: String) throws {
        var state = self
        state.json["creating_since"] = nil
        state.json["findall_id"] = .string(id)
        try state.save()
    }

    /// Saves what is known after a creation has failed: the run that exists all the same, or that there is none. The
    /// creation's own error is what is reported, so one of saving is not.
    func settle(_ outcome: CreationOutcome?) {
        switch outcome {
        case .created(let id): try? saving(created: id.text)
        case .notCreated where runID == nil: UserFile.remove(path)
        case .notCreated: try? save()
        // The mark of a creation stays.
        case .uncertain, nil: break
        }
    }

    /// - Parameter replaces: whether there is a file already, which otherwise another program has made meanwhile.
    private func save(replacing replaces: Bool = true) throws {
        do throws(FileError) {
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(JSONValue.object(json).serialized(.pretty).utf8 + [UInt8(ascii: "\n")])
            try file.commit(replacing: replaces)
        } catch {
            throw ErrorReport(.unexpected, "--state: \(path) can't be written: \(error.reason)")
        }
    }
}

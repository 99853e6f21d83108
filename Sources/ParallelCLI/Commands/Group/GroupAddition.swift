import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The runs that `group add` sends: inputs from a file in one of three forms, completed by flags.
struct GroupAddition {
    /// The body of the request, with members of the file that this version doesn't know.
    private(set) var body: JSONObject
    private(set) var runs: [TaskRunInput]
    /// The name of the file in messages.
    private let name: String

    /// The values of the beta header that the runs need.
    var betas: [String] {
        runs.flatMap(\.betas).reduce(into: []) { betas, beta in if !betas.contains(beta) { betas.append(beta) } }
    }

    /// The body with secrets masked.
    var masked: JSONValue {
        var shown = body
        shown["inputs"] = .array(
            runs.map { run in
                var run = run.masked
                if var webhook = run["webhook"]?.object, let url = webhook["url"]?.string {
                    webhook["url"] = .string(SecretMask.url(url))
                    run["webhook"] = .object(webhook)
                }
                return .object(run)
            })
        return .object(shown)
    }

    /// Reads the text of a file. Throws `UsageError`, also if it holds no runs.
    init(_ text: String, named name: String) throws(UsageError) {
        self.name = name
        (body, runs) = try Self.read(text, name)
        if runs.isEmpty { throw UsageError("\(name) holds no run inputs") }
    }

    /// Whether a run may call data sources that are paid for each call.
    var hasPaidCalls: Bool {
        runs.contains {
            $0.json["advanced_settings"]?["data_sources"]?["pay_per_use"]?.array?.isEmpty == false
        }
    }

    /// Sets the processor of runs that name none, and the data sources of those without any. Throws `UsageError` for a
    /// run that could not be added.
    mutating func complete(processor: String?, sources: DataSources) throws(UsageError) {
        for index in runs.indices {
            try complete(index, processor)
            try complete(index, sources)
        }
        body["inputs"] = .array(runs.map { .object($0.json) })
    }

    /// Sets the task spec of runs without one. Throws if the file has such a default itself.
    mutating func setTaskSpec(_ taskSpec: () throws -> JSONValue?) throws {
        if let spec = body["default_task_spec"], !spec.isNull {
            throw UsageError("\(name) has a default_task_spec already; leave out the flags for the output's shape")
        }
        body["default_task_spec"] = try taskSpec()
    }

    private mutating func complete(_ index: Int, _ processor: String?) throws(UsageError) {
        let place = "\(name), run input \(index + 1)"
        let input = runs[index].json["input"]
        guard let input, input.string != nil || input.object != nil else {
            throw UsageError(
                input == nil
                    ? "\(place) has no input"
                    : "\(place): the input is \(input?.typeName ?? ""); the API takes an object or a string")
        }
        switch runs[index].json["processor"] {
        case .string(let name)? where !name.isEmpty:
            break
        case nil, .null?, .string?:
            guard let processor else {
                throw UsageError("\(place) has no processor", hint: "--processor NAME is for those without one")
            }
            runs[index].json["processor"] = .string(processor)
        case let other?:
            throw UsageError("\(place): the processor is \(other.typeName), not a name")
        }
    }

    private mutating func complete(_ index: Int, _ sources: DataSources) throws(UsageError) {
        var settings = runs[index].json["advanced_settings"]?.object ?? [:]
        guard let json = sources.json, (settings["data_sources"] ?? .null).isNull else { return }
        do throws(InvalidRequest) {
            try sources.check(on: runs[index].json["processor"]?.string ?? "")
            let servers = runs[index].json["mcp_servers"]?.array ?? []
            try sources.check(besides: servers.compactMap { $0["name"]?.string })
        } catch {
            throw UsageError("\(name), run input \(index + 1): \(error.message)")
        }
        settings["data_sources"] = json
        runs[index].json["advanced_settings"] = .object(settings)
    }

    // MARK: - Forms of the file

    private static func read(_ text: String, _ name: String) throws(UsageError) -> (JSONObject, [TaskRunInput]) {
        let whole: JSONValue
        do {
            whole = try JSONValue.parse(text)
        } catch {
            return ([:], try lines(of: text, name, or: error))
        }
        if let object = whole.object, object["input"] == nil, let inputs = object["inputs"] {
            guard let inputs = inputs.array else {
                throw UsageError("\(name): inputs is \(inputs.typeName), not an array")
            }
            return (object, try inputs.enumerated().map(run(name)))
        }
        return ([:], try (whole.array ?? [whole]).enumerated().map(run(name)))
    }

    /// Reads JSON lines. If not even the first is JSON, the text is taken for one document, and `error` is reported.
    private static func lines(
        of text: String, _ name: String, or error: JSONSyntaxError
    ) throws(UsageError) -> [TaskRunInput] {
        var values: [JSONValue] = []
        for (index, line) in text.lines.enumerated() where !line.isBlank {
            do {
                values.append(try JSONValue.parse(String(line)))
            } catch let fault {
                if values.isEmpty { throw UsageError("\(name) is not JSON: \(error)") }
                throw UsageError("\(name), line \(index + 1) is not JSON: \(fault.reason) at column \(fault.column)")
            }
        }
        var runs: [TaskRunInput] = []
        for (index, value) in values.enumerated() { runs.append(try run(name)(index, value)) }
        return runs
    }

    private static func run(_ name: String) -> (Int, JSONValue) throws(UsageError) -> TaskRunInput {
        { index, value throws(UsageError) in
            guard let object = value.object else {
                throw UsageError(
                    "\(name), run input \(index + 1) is \(value.typeName); "
                        + "each is an object such as {\"input\": \"…\", \"processor\": \"core\"}")
            }
            return TaskRunInput(object)
        }
    }
}

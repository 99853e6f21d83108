import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// What `group add` sends: run inputs from a file in one of three forms, completed by flags.
struct GroupAddition {
    /// The body as it is sent; what is in the file and not known to this version stays in it.
    private(set) var body: JSONObject
    private(set) var runs: [TaskRunInput]

    /// The values of the beta header that any of the runs calls for.
    var betas: [String] {
        runs.flatMap(\.betas).reduce(into: []) { betas, beta in if !betas.contains(beta) { betas.append(beta) } }
    }

    /// The body as it can be shown.
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

    /// Reads `file`, where `-` is standard input.
    init(file: String, processor: String?, shape: ShapeOptions, _ context: Context) throws {
        let source = file == "-" ? InputSource.standardInput : .file(context.filePath(file))
        let name = file == "-" ? source.name : file
        let text: String
        do {
            text = try source.text { try context.streams.readAll(upTo: UserFile.limit) }
        } catch let error as FileError {
            throw UsageError("can't read \(name): \(error.reason)")
        }
        (body, runs) = try Self.read(text, name)
        runs.flatMap(\.secrets).forEach(context.streams.secrets.hide)
        if runs.isEmpty { throw UsageError("\(name) holds no run inputs") }
        if runs.count > TaskGroup.maximumAddition {
            throw UsageError(
                "\(name) holds \(runs.count) run inputs; one request takes at most \(TaskGroup.maximumAddition)",
                hint: "'\(context.programName) batch run' runs any number of rows")
        }
        for index in runs.indices { try complete(index, processor, name) }
        body["inputs"] = .array(runs.map { .object($0.json) })
        if !shape.isEmpty {
            if let spec = body["default_task_spec"], !spec.isNull {
                throw UsageError("\(name) has a default_task_spec already; leave out the flags for the output's shape")
            }
            body["default_task_spec"] = try Self.taskSpec(shape, context)
        }
    }

    private mutating func complete(_ index: Int, _ processor: String?, _ name: String) throws(UsageError) {
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

    private static func taskSpec(_ shape: ShapeOptions, _ context: Context) throws -> JSONValue? {
        // The rules for a task are those of a run of it.
        var request = TaskRunRequest(input: "-")
        request.outputSchema = try TaskRequest.outputSchema(shape, SourceText(context: context))
        try request.check()
        return request.json(.revealed)["task_spec"]
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

    /// JSON lines; throws for `error` in the text as a whole where not even the first of them is JSON.
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

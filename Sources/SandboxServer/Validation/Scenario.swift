import ParallelJSON
import ParallelSystem

/// The behaviour that a run's metadata asks of the sandbox; `parallel-sandbox help scenarios` explains the keys.
struct Scenario: Sendable {
    static let prefix = "sandbox_"

    /// The time from creation to the end, in seconds; nil for the server's default.
    var delay: Double?
    /// The final status; nil for the server's default.
    var finalStatus: RunStatus?
    var errorMessage: String?
    var warning: String?
    /// The faults of the requests for the result, in order.
    var polls = FaultPlan()
    /// The faults of the requests for the event stream, in order.
    var streams = FaultPlan()
    /// The faults of the creation. A status refuses the run; all others affect the response, and the run is created.
    var creation = FaultPlan()
    /// The MCP tools that the run calls, in order; nil for the sandbox's own choice.
    var tools: [ToolStep]?
    /// The arguments of the calls, in order; the last ones also of all further calls. Empty for made-up ones.
    var arguments: [JSONValue] = []
    /// The exact content of the output.
    var output: String?
    /// The maximum number of tool calls of a run; nil for one of each MCP server.
    var maximumToolCalls: Int?
    /// FindAll: why the run ends; nil for the sandbox's own choice.
    var reason: String?
    /// FindAll: the most candidates that match; nil if there are always enough.
    var maximumMatches: Int?
    /// The `retry-after` header of scripted statuses.
    var retryAfter: String?

    /// Reads the keys that start with `sandbox_`; an unknown key or invalid value is an error of the request.
    init(metadata: JSONObject, at path: FieldPath, _ check: inout RequestCheck) {
        for member in metadata where member.key.begins(with: Self.prefix) {
            let text = member.value.string ?? member.value.serialized()
            if let complaint = read(member.key.dropping(bytes: Self.prefix.utf8.count), text) {
                check.report(path + [.string(member.key)], "Sandbox: \(complaint)", "sandbox_scenario")
            }
        }
    }

    private mutating func read(_ key: Substring, _ text: String) -> String? {
        func plan(_ field: WritableKeyPath<Scenario, FaultPlan>) -> String? {
            guard let plan = FaultPlan(text) else {
                return
                    "use words such as ok, drop, truncate, garbage, slow:2, 429, 502html, each with *N, split by commas"
            }
            self[keyPath: field] = plan
            return nil
        }
        switch key {
        case "delay":
            delay = Seconds.parse(text)
            return delay == nil ? "use a number of seconds from 0 to 86400" : nil
        case "status":
            guard let status = RunStatus(rawValue: text), status.isEnd else {
                return "use completed, failed, cancelled or action_required"
            }
            finalStatus = status
            return nil
        case "error": errorMessage = text
        case "warning": warning = text
        case "output": output = text
        case "calls":
            guard let count = Int(text), count >= 0 else { return "use a number of tool calls" }
            maximumToolCalls = count
        case "reason": reason = text
        case "matches":
            guard let count = Int(text), count >= 0 else { return "use a number of matches" }
            maximumMatches = count
        case "retry":
            guard Seconds.parse(text) != nil else { return "use a number of seconds for retry-after" }
            retryAfter = text
        case "tools":
            tools = ToolStep.steps(text)
            return tools == nil ? "use names of tools, each with *N or ! for a failing call, split by commas" : nil
        case "args":
            guard let list = ToolStep.arguments(try? JSONValue.parse(text)) else {
                return "use a JSON object of arguments, or a list of such objects"
            }
            arguments = list
        case "polls": return plan(\.polls)
        case "events": return plan(\.streams)
        case "create": return plan(\.creation)
        default: return "unknown scenario key; see 'parallel-sandbox help scenarios'"
        }
        return nil
    }

    /// Applies an outcome of the control file where the metadata sets none.
    mutating func apply(_ outcome: RunRule.Outcome) {
        if let status = outcome.status, finalStatus == nil {
            finalStatus = status
            errorMessage = errorMessage ?? outcome.error
        }
        delay = delay ?? outcome.delay
        tools = tools ?? outcome.tools
        if arguments.isEmpty { arguments = outcome.arguments }
    }
}

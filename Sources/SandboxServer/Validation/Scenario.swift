import ParallelJSON
import ParallelSystem

/// What a run's metadata asks the sandbox to do with it; `parallel-sandbox help scenarios` explains the keys to people.
struct Scenario: Sendable {
    static let prefix = "sandbox_"

    /// Seconds from creation to the end; nil leaves it to the server.
    var delay: Double?
    /// How it ends; nil leaves it to the server.
    var finalStatus: RunStatus?
    var errorMessage: String?
    var warning: String?
    /// What the requests for the result meet, in their order.
    var polls = FaultPlan()
    /// What the requests for the event stream meet.
    var streams = FaultPlan()
    /// What the creation meets. A status refuses the run, everything else happens to the answer of a created one.
    var creation = FaultPlan()
    /// The content of the output, to the byte.
    var output: String?
    /// The `retry-after` of scripted statuses.
    var retryAfter: String?

    /// Reads the keys that start with `sandbox_`; one that is unknown or has a bad value is an error of the request.
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
        case "retry":
            guard Seconds.parse(text) != nil else { return "use a number of seconds for retry-after" }
            retryAfter = text
        case "polls": return plan(\.polls)
        case "events": return plan(\.streams)
        case "create": return plan(\.creation)
        default: return "unknown scenario key; see 'parallel-sandbox help scenarios'"
        }
        return nil
    }

    /// Fills in what the request leaves to the server.
    mutating func fill(in fate: RunRule.Fate) {
        if let status = fate.status, finalStatus == nil {
            finalStatus = status
            errorMessage = errorMessage ?? fate.error
        }
        delay = delay ?? fate.delay
    }
}

import ParallelJSON

/// A rule of the control file for the outcome of runs. It picks them by input, so that the same row always has the same
/// outcome.
struct RunRule: Sendable {
    private let percent: Double
    private let seed: Int
    private let status: RunStatus?
    private let error: String?
    private let delay: Double?
    private let maximumDelay: Double?
    private let tools: [ToolStep]?
    private let arguments: [JSONValue]

    init(_ rule: ControlRuleReader) throws {
        try rule.refuseOthers(than: ["percent", "seed", "status", "error", "delay", "delay_to", "tools", "arguments"])
        percent = try rule.number("percent", upTo: 100) ?? 100
        seed = try rule.int("seed") ?? 0
        status = try rule.text("status").map { text in
            guard let status = RunStatus(rawValue: text), status.isEnd else {
                throw ControlFileError("'status' in 'runs' must be completed, failed, cancelled or action_required")
            }
            return status
        }
        error = try rule.text("error")
        delay = try rule.number("delay", upTo: 86_400)
        maximumDelay = try rule.number("delay_to", upTo: 86_400)
        tools = try rule.text("tools").map { text in
            guard let steps = ToolStep.steps(text) else {
                throw ControlFileError("'tools' in 'runs' must be names of tools, split by commas")
            }
            return steps
        }
        arguments =
            try rule.value("arguments").map { value in
                guard let list = ToolStep.arguments(value) else {
                    throw ControlFileError("'arguments' in 'runs' must be an object or a list of objects")
                }
                return list
            } ?? []
    }

    /// The outcome that a rule sets for a run.
    struct Outcome: Sendable {
        let status: RunStatus?
        let error: String?
        /// The time from creation to the end, in seconds.
        let delay: Double?
        let tools: [ToolStep]?
        let arguments: [JSONValue]
    }

    /// Returns the outcome of a run; nil if the rule doesn't pick it.
    ///
    /// - Parameter input: the run's input as compact JSON.
    func outcome(forInput input: String) -> Outcome? {
        guard StableHash.share(of: "\(seed) hit \(input)") * 100 < percent else { return nil }
        var time: Double?
        if delay != nil || maximumDelay != nil {
            let minimum = delay ?? 0
            let range = max(0, (maximumDelay ?? minimum) - minimum)
            time = minimum + range * StableHash.share(of: "\(seed) delay \(input)")
        }
        return Outcome(status: status, error: error, delay: time, tools: tools, arguments: arguments)
    }
}

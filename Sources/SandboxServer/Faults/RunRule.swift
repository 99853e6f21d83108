/// What becomes of runs that the control file picks by their input, so that the same row always has the same fate.
struct RunRule: Sendable {
    private let percent: Double
    private let seed: Int
    private let status: RunStatus?
    private let error: String?
    private let delay: Double?
    private let longestDelay: Double?

    init(_ rule: ControlRuleReader) throws {
        try rule.refuseOthers(than: ["percent", "seed", "status", "error", "delay", "delay_to"])
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
        longestDelay = try rule.number("delay_to", upTo: 86_400)
    }

    /// What becomes of a run.
    struct Fate: Sendable {
        let status: RunStatus?
        let error: String?
        /// Seconds.
        let delay: Double?
    }

    /// Returns what becomes of a run; nil where the rule does not pick it.
    ///
    /// - Parameter input: of the run, as compact JSON.
    func fate(ofInput input: String) -> Fate? {
        guard StableHash.share(of: "\(seed) hit \(input)") * 100 < percent else { return nil }
        guard delay != nil || longestDelay != nil else { return Fate(status: status, error: error, delay: nil) }
        let shortest = delay ?? 0
        let range = max(0, (longestDelay ?? shortest) - shortest)
        let share = StableHash.share(of: "\(seed) delay \(input)")
        return Fate(status: status, error: error, delay: shortest + range * share)
    }
}

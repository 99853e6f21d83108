import ParallelTerminal

/// Options for waiting for runs; the time is measured from their creation.
package struct WaitOptions: Sendable {
    /// The time limit; nil means none.
    package var timeout: Duration? = .seconds(3600)

    package init() {}

    /// Returns the time left for the next wait, at least one second, so that each run is checked once.
    func rest(after elapsed: Duration) -> Duration? {
        timeout.map { $0 > elapsed ? $0 - elapsed : .seconds(1) }
    }
}

enum WaitFlags {
    static let all = flags(details: "")
    /// The flags of a command that creates the run that it waits for.
    static let creating = flags(
        details:
            " Creating the run counts too: if its answer has not come 5 s after the limit, the exit code is 7.")

    /// The flags of a question to a model.
    ///
    /// - Parameter scope: what the limit is for, as a sentence with a space behind it.
    static func ofAnswer(_ scope: String = "") -> [Flag<WaitOptions>] {
        let details =
            "\(scope)A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds. "
            + "What was asked for may cost all the same; the exit code is 5."
        return [timeout("default 1h, 0 = never", details: details).embedded(at: \.timeout)]
    }

    private static func flags(details: String) -> [Flag<WaitOptions>] {
        let timeout = timeout(
            "default 1h, 0 = never",
            details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds. "
                + "The run itself continues; the exit code is 5." + details)
        return [timeout.embedded(at: \.timeout).asSetting()]
    }

    /// The flag of a batch, which is waited for as long as it takes unless the flag is given.
    static func ofBatch(details: String) -> Flag<Duration?> {
        timeout("default: never", details: "A number with s, m or h. " + details)
    }

    private static func timeout(_ usual: String, details: String) -> Flag<Duration?> {
        Flag(
            "timeout", value: FlagSpec.Value("DURATION"), summary: "Stop waiting after this long (\(usual))",
            details: details
        ) { timeout, text throws(InvalidValue) in
            let duration = try DurationText.parse(text)
            timeout = duration == .zero ? nil : duration
        }
    }
}

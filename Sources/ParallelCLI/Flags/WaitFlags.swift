import ParallelTerminal

/// How long to wait for runs, counted from their creation.
package struct WaitOptions: Sendable {
    /// Nil: for ever.
    package var timeout: Duration? = .seconds(3600)

    package init() {}

    /// Time left for the next wait; a second once it is used up, so that each run is looked at once.
    func rest(after elapsed: Duration) -> Duration? {
        timeout.map { $0 > elapsed ? $0 - elapsed : .seconds(1) }
    }
}

enum WaitFlags {
    static let all = flags(details: "")
    /// For a command that creates what it waits for.
    static let creating = flags(
        details:
            " Creating the run counts too: where its answer has not come by then, nor 5 s later, the exit code is 7.")

    private static func flags(details: String) -> [Flag<WaitOptions>] {
        [
            Flag(
                "timeout", value: FlagSpec.Value("DURATION"),
                summary: "Stop waiting after this long (default 1h, 0 = never)",
                details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds. "
                    + "The run itself goes on; the exit code is 5." + details
            ) { options, text throws(InvalidValue) in
                let duration = try DurationText.parse(text)
                options.timeout = duration == .zero ? nil : duration
            }
        ]
    }
}

import ParallelTerminal

/// How long is waited for runs.
package struct WaitOptions: Sendable {
    /// Nil: for ever.
    package var timeout: Duration? = .seconds(3600)

    package init() {}
}

enum WaitFlags {
    static let all: [Flag<WaitOptions>] = [
        Flag(
            "timeout", value: FlagSpec.Value("DURATION"),
            summary: "Stop waiting after this long (default 1h, 0 = never)",
            details: "A number with s, m or h, such as 90s, 10m or 2h; a bare number counts seconds. "
                + "The run itself goes on; the exit code is 5."
        ) { options, text throws(InvalidValue) in
            let duration = try DurationText.parse(text)
            options.timeout = duration == .zero ? nil : duration
        }
    ]
}

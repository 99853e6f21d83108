import ParallelSystem

/// The options for connecting to the API.
package struct ConnectionOptions: Sendable {
    package var keyFile: String?
    /// The program that prints the key, and its arguments.
    var keyProgram: [String]?
    /// The login to use in place of the usual one.
    var profile: String?
    /// Whether what is done stays out of the log of this machine.
    var isUnlogged = false

    package init() {}

    /// The flags that select the same account again, for a command to type.
    var words: [String] {
        let file = keyFile.flatMap { FileTarget.isOfThisProcess($0) ? nil : FlagSpec.words("api-key-file", $0) }
        let program = keyProgram.map { FlagSpec.words("api-key-command", ShellQuoting.line($0)) }
        let unlogged = isUnlogged ? ["--no-log"] : nil
        return [file, program, unlogged, profile.map { FlagSpec.words("profile", $0) }].compactMap(\.self).flatMap(
            \.self)
    }
}

enum ConnectionFlags {
    static let all: [Flag<ConnectionOptions>] = [
        Flag(
            "api-key-file", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
            summary: "Read the API key from FILE instead of PARALLEL_API_KEY",
            details: "With - as FILE the key is read from standard input, which then can hold nothing else. A file "
                + "that others can read is refused, unless it is a secret that a container mounts. A key is never taken "
                + "from the command line."
        ) { options, text throws(InvalidValue) in
            (options.keyFile, options.keyProgram) = (try FileNameText.parse(text), nil)
        },
        Flag(
            "api-key-command", value: FlagSpec.Value("'PROGRAM ARGS'"),
            summary: "Take the API key from what this program prints",
            details: "Such as 'op read op://work/parallel/key'. It is split into words like a line of a shell, but no "
                + "shell runs it. It has 10 seconds, and what it says on standard error is shown. Of this flag and "
                + "--api-key-file the last one counts."
        ) { options, text throws(InvalidValue) in
            (options.keyFile, options.keyProgram) = (nil, try ProgramText.parse(text))
        },
        profile.embedded(at: \.profile),
        Flag(
            "no-log", summary: "Leave no trace in the log of this machine",
            details: "Which 'task list', 'spend' and @last read; PARALLEL_NO_LOG=1 means the same. With a budget, what "
                + "costs something is refused then."
        ) { $0.isUnlogged = $1 },
    ]

    /// That of commands that read the log of this machine.
    static let loggedProfile = Flag<String?>(
        "profile", value: FlagSpec.Value("NAME"), summary: "Only what was started with this profile",
        details: "At the address that its settings name. The name default stands for what was started without any."
    ) { profile, text throws(InvalidValue) in profile = try ProfileText.parse(text) }

    static let profile = Flag<String?>(
        "profile", value: FlagSpec.Value("NAME", completion: .profiles), summary: "Use the login of this name",
        details: "One made with 'login --profile NAME'; PARALLEL_PROFILE means the same. A key that is given by a flag "
            + "or PARALLEL_API_KEY counts before it. The settings of that name are used, too ('help config')."
    ) { profile, text throws(InvalidValue) in profile = try ProfileText.parse(text) }
}

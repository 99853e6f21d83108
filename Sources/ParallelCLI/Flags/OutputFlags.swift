import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

extension OutputOptions {
    /// The options of commands that save foreign data, under a name with any extension.
    static let ofAnyFileName: OutputOptions = {
        var options = OutputOptions()
        options.takesAnyFileName = true
        return options
    }()

    /// The options of commands that print a secret.
    static let ofSecret: OutputOptions = {
        var options = OutputOptions.ofAnyFileName
        options.isPrivate = true
        return options
    }()

    /// Throws for formats of rows if the command prints `what` instead.
    func refuseTables(for what: String) throws(UsageError) {
        guard let format = (try? settledFormat()) ?? format,
            format.isDelimited || format == .markdown || format == .html
        else { return }
        throw UsageError("\(what) can't be printed as \(format.rawValue)", hint: "--json and --format text can be had")
    }

    /// The flags that ask for the same output again, for a command to type.
    var words: [String] {
        var words: [String] = []
        if let format { words.append(format == .json ? "--json" : "--format=\(format.rawValue)") }
        if let file, !FileTarget.isOfThisProcess(file) { words += FlagSpec.words("output", short: "o", file) }
        if replacesFile { words.append("--force") }
        if let pointer = reduction.pointer { words += FlagSpec.words("select", pointer.text) }
        if !reduction.members.isEmpty { words += FlagSpec.words("pick", reduction.members.joined(separator: ",")) }
        if let longest = reduction.longestText { words += FlagSpec.words("cut", String(longest)) }
        if reduction.makesDigest { words.append("--digest") }
        return words
    }
}

/// The flags that choose what is printed, and where.
package enum OutputFlags {
    /// Returns the flags of every command.
    static func global() -> [Flag<OutputOptions>] {
        [
            Flag(
                "quiet", short: "q", summary: "Print nothing on standard error but errors",
                details:
                    "Run ids, progress, notes and warnings are left out; a wait that ends early still names its runs."
            ) { $0.isQuiet = $1 },
            Flag(
                "verbose", short: "v", summary: "Show requests, answers and retries on standard error",
                details: "With timings. Keys and header values that could be secret are masked."
            ) { $0.isVerbose = $1 },
            Flag(
                "color", value: FlagSpec.Value("WHEN", completion: .words(ColorChoice.allCases.map(\.rawValue))),
                summary: "Use colour: auto, always or never",
                details: "With auto, a terminal gets colour unless NO_COLOR is set or TERM is dumb."
            ) { options, text throws(InvalidValue) in
                options.color = try ChoiceText.parse(text)
            },
            // `Run` looks for it before the words are parsed.
            Flag(
                "json-errors", summary: "Report each error on standard error as a line of JSON",
                details:
                    "As in {\"error\":{\"code\":4,\"message\":\"…\",\"hints\":[\"…\"]}}, where the code is the exit "
                    + "code. Notes and warnings stay text; --quiet leaves them out."
            ) { _, _ in },
            // `Command` takes its value, with that of the setting.
            Flag(
                Setting.auditLog, value: FlagSpec.Value("FILE", completion: .file),
                summary: "Append a line of JSON for each request to FILE",
                details:
                    "Time, host, path, hash of the body, ids and cost, but neither bodies nor secrets. If FILE can't "
                    + "be written, nothing is sent. The setting and PARALLEL_AUDIT_LOG name further files ('help config')."
            ) { _, text throws(InvalidValue) in
                if text == "-" { throw InvalidValue("standard output is for results", hint: "name a file") }
                _ = try FileNameText.parse(text)
            },
        ]
    }

    /// The flags of commands that may wait for long.
    static let notice: [Flag<OutputOptions>] = [
        Flag(
            "notify", summary: "Ring at the end of a wait of over a minute",
            details:
                "A bell, and a notification in terminals that know OSC 9 or OSC 777; nothing if standard error is no "
                + "terminal. Within tmux, only the bell arrives."
        ) { $0.rings = $1 },
        Flag(
            "notify-command", value: FlagSpec.Value("'PROGRAM ARGS'"),
            summary: "Run a program at the end of such a wait",
            details:
                "It is split into words like a line of a shell, but no shell runs it. One more argument says what is "
                + "over and how, as in 'parallel batch run: exit code 8', and has nothing from the network in it. What "
                + "the program prints goes to standard error; if it fails, there is a warning."
        ) { options, text throws(InvalidValue) in options.noticeProgram = try ProgramText.parse(text) },
    ]
    /// Returns the flags that choose what of an answer in JSON is printed.
    static func reduction() -> [Flag<OutputOptions>] {
        [
            Flag(
                "select", value: FlagSpec.Value("POINTER"),
                summary: "Print only what is at this place of the JSON, as /output",
                details: "A JSON pointer (RFC 6901), such as /results/0/url. Implies --json, as do --pick, --cut and "
                    + "--digest; with --format text a string comes without quotation marks. What matches nothing is an "
                    + "error with exit code 1; of several documents, one to a line, those without it are left out."
            ) { options, text throws(InvalidValue) in
                guard let pointer = JSONPointer(text) else {
                    throw InvalidValue(
                        "'\(text)' is no JSON pointer",
                        hint: "write it like /results/0/url; ~1 is a / in a name, ~0 a ~")
                }
                options.reduction.pointer = pointer
                options.format = options.format ?? .json
            },
            Flag(
                "pick", value: FlagSpec.Value("NAMES"),
                summary: "Print only these members of the JSON, as url,title",
                details:
                    "Separated by commas; those of the object, or of each object of the list, that --select leads to."
            ) { options, text throws(InvalidValue) in
                let names = text.parts(between: ",").map { String($0.trimmed) }
                guard !names.contains("") else { throw InvalidValue("'\(text)' is no list such as url,title") }
                options.reduction.members = names
                options.format = options.format ?? .json
            },
            Flag(
                "cut", value: FlagSpec.Value("N"), summary: "Cut the texts of the JSON to N characters",
                details: "Behind a text that is cut stands how many are left out, as in …[+1234]."
            ) { options, text throws(InvalidValue) in
                options.reduction.longestText = try NumberText.positive(text)
                options.format = options.format ?? .json
            },
            Flag(
                "digest", summary: "Put the JSON into a file, print ten lines about it",
                details:
                    "The first line is the name of the file: that of --output, or a new one that only you can read in "
                    + "TMPDIR or /tmp."
            ) { options, isOn in
                options.reduction.makesDigest = isOn
                if isOn { options.format = options.format ?? .json }
            },
        ]
    }

    /// Returns the flags of commands that print data.
    ///
    /// - Parameter isJSON: whether the data can be JSON.
    static func data(isJSON: Bool = true) -> [Flag<OutputOptions>] {
        [
            Flag(
                "json", summary: "Print the API's JSON with nothing lost",
                details: "Indented on a terminal, one line in a pipe; several documents are printed one per line."
            ) { $0.format = $1 ? .json : nil },
            Flag(
                "format",
                value: FlagSpec.Value("FORMAT", completion: .words(OutputFormat.allCases.map(\.rawValue))),
                summary: "Print in a format, such as json, csv, markdown or html",
                details: "One of table, json, jsonl, csv, tsv, markdown, html and text. Without a terminal, tables are "
                    + "tab-separated. See 'help formatting'."
            ) { options, text throws(InvalidValue) in
                options.format = try ChoiceText.parse(text)
            }.asSetting(unless: ["json", "output", "dry-run", "curl", "select", "pick", "cut", "digest"]),
            Flag(
                "output", short: "o", value: FlagSpec.Value("FILE", completion: .file),
                summary: "Write the result to FILE instead of standard output",
                details:
                    "Its extension chooses the format: .json, .jsonl, .csv, .tsv, .md, .html or .txt. "
                    + "The file appears when it is complete. An existing file is only replaced with --force. "
                    + "Pipes, devices and /dev/fd/N are written to directly. "
                    + "With - as FILE the result goes to standard output."
            ) { options, text throws(InvalidValue) in
                options.file = try output(text)
                options.takesRawData = options.file == nil
            },
            Flag("force", summary: "Let --output replace an existing file") { $0.replacesFile = $1 },
            Flag(
                "pager", isOnByDefault: true, summary: "Show long answers through PARALLEL_PAGER or PAGER"
            ) { $0.mayPage = $1 },
        ] + (isJSON ? reduction() : []) + global()
    }

    /// The spellings of the switch for errors as JSON: on, and off again.
    static let jsonErrors = ["--json-errors", "--no-json-errors"]

    /// Returns the file that a value of `--output` names; nil for standard output under any of its names. Throws for
    /// the name of a format, which other programs choose with `-o`.
    ///
    /// - Parameter formats: the formats that the command's `--format` takes.
    static func output(
        _ text: String, formats: [String] = OutputFormat.allCases.map(\.rawValue)
    ) throws(InvalidValue) -> String? {
        if OutputFormat(rawValue: text) != nil {
            let flag = formats.contains(where: text.isExactly) ? "--format \(text), or " : ""
            throw InvalidValue("'\(text)' is a format; write \(flag)./\(text) for a file of that name")
        }
        return file(try FileNameText.parse(text))
    }

    /// Returns the file of that name; nil for standard output under any of its names.
    static func file(_ name: String) -> String? {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(name) ? nil : name
    }

    /// Whether `word` is a common flag whose value is the next word. Only common flags may precede a command.
    static func takesSeparateValue(_ word: String) -> Bool {
        CommonFlags.all.contains { $0.value != nil && $0.spellings.contains(word) }
    }
}

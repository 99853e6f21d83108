import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// A command: its description for help, man page and completions, and the two steps that run it.
///
/// `parse` turns words into a value that can be run; it touches neither network nor files.
package struct Command: Sendable {
    enum Parsed: Sendable {
        /// The command line as a value that can be run, and whether standard output gets the API's JSON.
        case command(@Sendable (Context) async throws -> ExitCode, writesJSON: Bool)
        case help(isFull: Bool)
        case version
    }

    /// The words that name the command: `["task", "run"]`.
    package let path: [String]
    package let summary: String
    package var description: String { makeDescription() }
    package var positionals: [Positional] { makePositionals() }
    package var flags: [FlagSpec] { makeFlags() }
    package var examples: [Example] { makeExamples() }
    /// Whether the command contacts the API or MCP servers, unless a flag says that nothing is sent.
    package let usesNetwork: Bool
    // Computed on demand: a list of commands takes only their summaries, and to run one takes no description.
    private let makeDescription: @Sendable () -> String
    private let makePositionals: @Sendable () -> [Positional]
    private let makeExamples: @Sendable () -> [Example]
    private let makeFlags: @Sendable () -> [FlagSpec]
    private let read: @Sendable ([String], SettingSource, inout ColorChoice) throws(UsageError) -> Parsed
    /// Throws if the flag of a setting refuses a value; returns false if the command has no flag for the setting.
    let checkSetting: @Sendable (_ name: String, _ value: String) throws(InvalidValue) -> Bool

    /// A command line to type, and what it does.
    package struct Example: Sendable {
        package let line: String
        package let caption: String

        package init(_ line: String, _ caption: String) {
            self.line = line
            self.caption = caption
        }
    }

    /// Declares a command whose options start as `defaults` and which is run by `body`.
    ///
    /// `check` gets the options and the positional words, and checks what must hold between them. `mistake`
    /// gets the words of a line that can't be parsed, and returns a better error if it knows what was meant.
    ///
    /// - Parameter takesSettings: whether the user's settings are the defaults of flags. A command that is needed to
    ///   mend them takes none.
    // One copy of the code serves all commands. The compiler would make one for each, a sixtieth of the program.
    @_semantics("optimize.sil.specialize.generic.never")
    package init<Body: RunnableCommand>(
        summary: String, description: @autoclosure @escaping @Sendable () -> String,
        usesNetwork: Bool = false, takesSettings: Bool = true,
        positionals: @autoclosure @escaping @Sendable () -> [Positional] = [],
        defaults: @autoclosure @escaping @Sendable () -> Body.Options,
        flags: @autoclosure @escaping @Sendable () -> [Flag<Body.Options>],
        examples: @autoclosure @escaping @Sendable () -> [Example],
        mistake: @escaping @Sendable ([String]) -> UsageError? = { _ in nil },
        check: @escaping @Sendable (inout Body.Options, [String]) throws(UsageError) -> Void,
        runs body: Body.Type
    ) {
        path = Body.name.parts(between: " ").map(String.init)
        self.summary = summary
        self.usesNetwork = usesNetwork
        makeDescription = description
        makePositionals = positionals
        makeFlags = { flags().map(\.spec) }
        makeExamples = examples
        checkSetting = { name, text throws(InvalidValue) in
            guard let flag = flags().first(where: { $0.spec.settingRivals?.first == name }) else { return false }
            var options = defaults()
            try flag.apply(&options, text)
            return true
        }
        read = { given, source, color throws(UsageError) in
            var options = defaults()
            // Errors in words after `--color` are coloured as it says.
            defer { color = options.output.color }
            let (flags, positionals) = (flags(), positionals())
            let specs = flags.map(\.spec)
            // The flags that were given, with their last values.
            var typed: [String: String] = [:]
            var recent: (() -> RecentIDs)?
            var notes: [String] = []
            /// Returns the id that a word of the log, such as @last, stands for; any other word as it is.
            func id(_ word: String, _ completion: Completion?) throws(InvalidValue) -> String {
                guard let recent, case .ids(let kind, _)? = completion, let place = RecentIDs.place(word) else {
                    return word
                }
                let entry = try recent().entry(word, place, of: kind)
                let note = RecentIDs.note(word, entry)
                if !notes.contains(note) { notes.append(note) }
                return entry.id ?? word
            }
            func parse() throws(UsageError) -> FlagParser.Outcome {
                let line = try FlagParser(flags: specs).parse(given) { place, value throws(InvalidValue) in
                    try flags[place].apply(&options, try id(value, specs[place].value?.completion))
                    typed[specs[place].name] = value
                }
                if case .parsed(let words) = line { try Self.checkCount(of: words, positionals, specs) }
                return line
            }
            let line: FlagParser.Outcome
            do throws(UsageError) {
                line = try parse()
            } catch {
                throw mistake(given) ?? error
            }
            switch line {
            case .help(let isFull):
                return .help(isFull: isFull)
            case .version:
                return .version
            case .parsed(var words):
                let readers = try Self.standardInputReaders(given, positionals, specs)
                var (settings, places) = (ChosenSettings(), [Int]())
                var (budget, rules) = (Budget?.none, CallRules())
                /// Puts settings in place of the defaults of their flags.
                func configure(_ places: [Int]) throws(SettingsError) {
                    options = defaults()
                    for place in places {
                        let name = specs[place].name
                        guard let value = settings.values[name] else { continue }
                        do throws(InvalidValue) {
                            try flags[place].apply(&options, value.text)
                        } catch {
                            throw .setting(name, value.origin, reason: error.reason, hint: error.hint)
                        }
                    }
                    options.takeAsDefaults()
                }
                do throws(SettingsError) {
                    if takesSettings {
                        settings = try source.chosen(profile: typed["profile"])
                        rules = try source.rules(profile: typed["profile"])
                    }
                    places = settings.places(in: specs) { typed[$0] != nil }
                    try configure(places)
                    budget = try BudgetText.budget(in: settings)
                } catch {
                    // For the colour of the error.
                    _ = try? parse()
                    return .command({ _ in throw error }, writesJSON: false)
                }
                recent = { [settings] in
                    RecentIDs(environment: source.environment, address: settings.values[Setting.address]?.text)
                }
                for index in words.indices where !positionals.isEmpty {
                    let positional = positionals[min(index, positionals.count - 1)]
                    do throws(InvalidValue) {
                        words[index] = try id(words[index], positional.completion)
                    } catch {
                        throw UsageError("\(positional.name): \(error.reason)", hint: error.hint)
                    }
                }
                func complete(with places: [Int]) throws(UsageError) -> Body.Options {
                    // They have been tried above.
                    try? configure(places)
                    _ = try parse()
                    var complete = options
                    try check(&complete, words)
                    return complete
                }
                // What the words exclude is left out: they count before settings.
                var (taken, excluded) = (places, [(name: String, reason: String)]())
                var parsed: Body.Options
                do throws(UsageError) {
                    parsed = try complete(with: places)
                } catch {
                    parsed = try complete(with: [])
                    taken = []
                    for place in places {
                        do throws(UsageError) {
                            parsed = try complete(with: taken + [place])
                            taken.append(place)
                        } catch {
                            excluded.append((specs[place].name, error.message))
                        }
                    }
                }
                let (final, names, left, chosen) = (parsed, taken.map { specs[$0].name }, excluded, settings)
                let (isUnlogged, profile, told) = (typed["no-log"] == FlagSpec.on, typed["profile"], notes)
                let (limit, kept, auditLog) = (budget, rules, typed[Setting.auditLog])
                let sends = usesNetwork && !specs.contains { $0.sendsNothing && typed[$0.name] == FlagSpec.on }
                if let origin = rules.zeroRetention, typed["no-wait"] == FlagSpec.on {
                    throw UsageError(
                        "--no-wait: results are fetched before the command ends, because of \(Setting.zeroRetention) "
                            + "(\(origin.name))")
                }
                let run: @Sendable (Context) async throws -> ExitCode = { context in
                    var context = context
                    context.settings = chosen
                    if let address = chosen.values[Setting.address] {
                        context.apiAddress = Result { () throws(SettingsError) in
                            try APIAddress(address.text, from: address.origin)
                        }
                    }
                    if takesSettings {
                        var rules = kept
                        if let auditLog { rules.add(auditLog: context.filePath(auditLog)) }
                        try context.obey(rules, in: Body.name, sends: sends)
                    } else if let auditLog {
                        // The command that it runs may have another folder.
                        let folder = context.workingDirectory.map { "\($0)/" } ?? ""
                        context.rules.add(auditLog: auditLog.begins(with: "/") ? auditLog : folder + auditLog)
                    }
                    context.readsStandardInput = !readers.isEmpty
                    let output = try Output(final.output, context, needsPlace: final.needsOutputPlace)
                    output.tell(of: chosen, taken: names, leftOut: left)
                    for note in told { output.note(note) }
                    context.log = context.activityLog(
                        of: Body.name, isOff: isUnlogged || kept.zeroRetention != nil, profile: profile, limit, output)
                    let body = Body(options: final, output: output, context: context)
                    return try await EndNotice.around(Body.name, output, context) { [context] in
                        try await context.obeying(Body.name) { try await body.run() }
                    }
                }
                return .command(run, writesJSON: final.writesJSON)
            }
        }
    }

    /// Parses the words after the command's name. Sets `color` to the value of `--color`, also if it throws for a later
    /// word.
    func parse(
        _ words: [String], _ source: SettingSource = SettingSource([:]), color: inout ColorChoice
    ) throws(UsageError) -> Parsed {
        try read(words, source, &color)
    }

    package var name: String { path.joined(separator: " ") }

    /// Returns what reads standard input, which can be read only once. Throws if that is more than one thing.
    private static func standardInputReaders(
        _ words: [String], _ positionals: [Positional], _ flags: [FlagSpec]
    ) throws(UsageError) -> [String] {
        // Most command lines have no `-`, and are not parsed twice.
        guard words.contains(where: { $0.ends(with: "-") }) else { return [] }
        let readers = try GivenWords(words, of: flags).standardInputReaders(positionals)
        guard readers.count > 1 else { return readers }
        throw UsageError(
            "only one of the inputs can be read from standard input, not \(readers.joined(separator: " and "))")
    }

    private static func checkCount(
        of words: [String], _ positionals: [Positional], _ flags: [FlagSpec]
    ) throws(UsageError) {
        let least = positionals.count { $0.arity == .required || $0.arity == .oneOrMore }
        if words.count < least, let missing = positionals.dropFirst(words.count).first {
            throw UsageError("missing \(missing.name)", hint: "\(missing.name): \(missing.summary)")
        }
        let isOpen = positionals.contains { $0.arity == .oneOrMore || $0.arity == .zeroOrMore }
        if !isOpen, words.count > positionals.count {
            let extra = words[positionals.count]
            // Other programs take a tool's arguments without a flag.
            if extra.utf8.contains(UInt8(ascii: "=")),
                let flag = flags.first(where: { $0.value?.isAssignment == true })?.spellings.last
            {
                throw UsageError(
                    "unexpected argument '\(extra)'",
                    hint: "did you mean \(flag) \(command: ShellQuoting.quoted(extra))?")
            }
            if extra.begins(with: "{"), flags.contains(where: { $0.name == "args" }) {
                throw UsageError("JSON is not expected here", hint: "did you mean --args '{…}'?")
            }
            throw UsageError(
                "unexpected argument '\(UsageError.shown(extra))'",
                hint: positionals.isEmpty ? nil : "quote a value that has spaces in it")
        }
    }
}

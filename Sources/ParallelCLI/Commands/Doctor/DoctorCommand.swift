import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel doctor`: looks for what keeps the program from working, and says what to do about it.
struct DoctorCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The commands whose flags check the values of settings.
        let tree: @Sendable () -> CommandTree
        var isOffline = false
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag("offline", sendsNothing: true, summary: "Look at this machine only, send nothing") {
                    $0.isOffline = $1
                }
            ] + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "doctor"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        Command(
            summary: "Look for what is wrong here, and say how to mend it",
            description: """
                Checks settings, folders, proxy and certificates, the key, whether the API can be reached and accepts it, \
                the clock, the registry of MCP servers, the terminal, completions, and whether another program has this \
                one's name. It costs nothing and changes nothing, and needs neither a home nor files that can be read. \
                Ends with 1 if there is a problem; a warning is none. \
                --version --verbose prints the versions alone, for a report of a bug.
                """,
            usesNetwork: true, takesSettings: false, defaults: Options(tree: tree), flags: Options.flags,
            examples: [
                .init("parallel doctor", "Why does it not work?"),
                .init("parallel doctor --offline --json | jq -r '.checks[].fix // empty'", "What to do, for a script"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        // Broken settings don't end this command, as it takes none; so the address of the API is looked up here.
        var configured = context
        let source = SettingSource(context)
        let profile = SettingSource.chosenProfile(options.connection.profile, context.environment)
        if let address = try? Setting.named(Setting.address)?.value(source, profile: profile) {
            configured.apiAddress = Result { () throws(SettingsError) in
                try APIAddress(address.text, from: address.origin)
            }
        }
        if let chosen = try? source.chosen(profile: profile) { configured.settings = chosen }
        var (options, rules) = (options, [Finding]())
        do {
            try configured.obey(try source.rules(profile: profile), in: Self.name, sends: !options.isOffline)
        } catch {
            // Nothing is sent against rules that can't be read.
            options.isOffline = true
            rules = [Finding("rules", error, context)]
        }
        return try await DoctorCommand(options: options, output: output, context: configured)
            .examine(source, profile, rules)
    }

    private func examine(_ source: SettingSource, _ profile: String?, _ rules: [Finding]) async throws -> ExitCode {
        let settings = settings(source, profile)
        // A file that can't be read is one problem.
        let others = rules.filter { rule in !settings.contains { $0.text.isExactly(rule.text) } }
        let local = settings + others + folders() + network()
        let remote = try await self.remote()
        let rest = registry() + [terminal(), program(), completions()]
        let findings = [Finding("version", Versions.line(context))] + local + remote + rest
        let problems = findings.count { $0.state == .problem }
        try write(findings, isWell: problems == 0)
        try output.finish()
        return problems == 0 ? .success : output.conclude(.unexpected, counted(problems, "problem"), [], context)
    }

    private func write(_ findings: [Finding], isWell: Bool) throws {
        let secrets = context.streams.secrets
        if output.format.isJSON {
            let checks = findings.map { finding -> JSONValue in
                var members: JSONObject = [
                    "check": .string(finding.check), "state": .string(finding.state.rawValue),
                    "text": .string(secrets.masked(finding.text)),
                ]
                if let fix = finding.fix { members["fix"] = .string(secrets.masked(fix)) }
                return .object(members)
            }
            return try output.write(document: ["ok": .bool(isWell), "checks": .array(checks)])
        }
        let rows = findings.map { finding -> [[Document.Inline]] in
            let fix = secrets.masked(finding.fix ?? "")
            let text = secrets.masked(finding.text)
            let what = output.isLaidOut && !fix.isEmpty ? "\(text)\n→ \(fix)" : text
            let cells: [[Document.Inline]] = [
                [.mark(.status(finding.state.rawValue))], [.text(finding.check)], [.text(what)],
            ]
            return cells + (output.isLaidOut ? [] : [[.text(fix)]])
        }
        let fix = output.isLaidOut ? [] : [Document.Column("fix")]
        let columns: [Document.Column] = [.init("state", .status), .init("check", .identifier), .init("what")] + fix
        try output.write(table: Document.Table(columns: columns, rows: rows))
    }
}

/// What one check has found.
struct Finding: Sendable {
    enum State: String, Sendable { case ok, warning, problem }

    let check: String
    var state = State.ok
    let text: String
    /// What to do about it.
    var fix: String?

    init(_ check: String, is state: State = .ok, _ text: String, fix: String? = nil) {
        (self.check, self.state, self.text, self.fix) = (check, state, text, fix)
    }

    /// What a failed step has found, in the words in which a command would have reported it.
    init(_ check: String, is state: State = .problem, _ error: any Error, _ context: Context) {
        let report = ErrorReport(error, context)
        let hints = report.hints.prefix(2).map(\.description).joined(separator: "; ")
        self.init(check, is: state, report.message, fix: hints.isEmpty ? nil : hints)
    }
}

import ParallelMCP
import ParallelOutput
import ParallelSystem

/// The options of the commands on the skill: whose folders, and of which agents.
struct SkillOptions: CommandOptions {
    /// Nil where no flag names one.
    var namedScope: RegistryScope?
    var isOfProject = false
    var scope: RegistryScope { isOfProject ? .project : namedScope ?? .user }
    /// The names of agents; empty for all that are found.
    var agents: [String] = []
    var output = OutputOptions()
    var needsOutputPlace: Bool { false }

    /// The agents, each with the folder of skills that it reads, below the user's home or the project's root. The
    /// documentation of each names it; the folder .agents is what they agree on.
    static let folders: [(agent: String, folder: String)] = [
        (agent: "claude", folder: ".claude/skills"), ("codex", shared), ("copilot", shared), ("cursor", shared),
        ("gemini", shared), ("opencode", shared),
    ]

    private static let shared = ".agents/skills"

    static let flags: [Flag<SkillOptions>] =
        [
            Flag(
                "scope", value: FlagSpec.Value("SCOPE", completion: .words(RegistryScope.allCases.map(\.rawValue))),
                summary: "Whose folders: user (default) or project",
                details: "'project' means the git working tree, which others get with a clone."
            ) { options, text throws(InvalidValue) in
                options.namedScope = try ChoiceText.parse(text)
            },
            Flag("project", summary: "Short for --scope project") { $0.isOfProject = $1 },
            Flag(
                "agent", value: FlagSpec.Value("NAME", completion: .words(folders.map(\.agent))), isRepeatable: true,
                summary: "For this agent, not for all that are found (repeatable)",
                details:
                    "Claude Code reads .claude/skills; Codex, Copilot, Cursor, Gemini and OpenCode read .agents/skills."
            ) { options, text throws(InvalidValue) in
                let names = folders.map(\.agent)
                guard names.contains(where: text.isExactly) else { throw ChoiceText.unknown(text, among: names) }
                options.agents.append(text)
            },
        ] + OutputFlags.global().map { $0.embedded(at: \.output) }

    /// Makes a command that changes files in agents' folders.
    static func command<Changes: RunnableCommand>(
        _ summary: String, _ description: String, examples: [Command.Example], runs: Changes.Type
    ) -> Command where Changes.Options == SkillOptions {
        Command(
            summary: summary, description: description, takesSettings: false, defaults: SkillOptions(), flags: flags,
            examples: examples, check: { options, _ throws(UsageError) in try options.check() }, runs: runs)
    }

    /// Throws where flags contradict each other.
    func check() throws(UsageError) {
        if isOfProject, namedScope == .user { throw UsageError("--scope user and --project exclude each other") }
    }

    /// Returns the places that the options mean. Without an agent, that of Claude Code counts only if the program has
    /// left a folder there, unless `all` are wanted.
    func files(_ context: Context, all: Bool) throws -> [SkillFile] {
        let home = context.environment["HOME"].flatMap { $0.begins(with: "/") && UserFile.exists($0) ? $0 : nil }
        guard let root = scope == .user ? home : ServerRegistry(context).projectFolder else {
            throw scope == .user
                ? UsageError(
                    "the variable HOME is not set to a folder", hint: "--project means the working tree's folders")
                : UsageError("the working folder is not there")
        }
        var files: [SkillFile] = []
        for (agent, folder) in Self.folders {
            let own = folder == Self.shared || all || UserFile.exists(Directory.containing("\(root)/\(folder)"))
            guard agents.isEmpty ? own : agents.contains(agent) else { continue }
            let path = "\(root)/\(folder)"
            if files.contains(where: { $0.folder == path }) { continue }
            let place = "\(path)/\(SkillText.name)/SKILL.md"
            // Others may have made the link, and would choose where a file is written.
            if scope == .project, let link = ServerRegistry(context).strayLink(on: place) {
                throw UsageError("\(link.path) is a link that leads out of the working tree")
            }
            files.append(SkillFile(folder: path, shownFolder: scope == .user ? "~/\(folder)" : path))
        }
        return files
    }
}

/// `parallel skill print`: prints the skill for coding agents.
struct SkillPrintCommand: RunnableCommand {
    let options: SkillOptions
    let output: Output
    let context: Context

    static let name = "skill print"

    static var command: Command {
        Command(
            summary: "Print what a coding agent has to know of this program",
            description: """
                An Agent Skill, as Markdown: how to search, research, run batches, use MCP servers and pick runs up, with \
                prices and exit codes, in about 1,000 tokens.
                """,
            takesSettings: false, defaults: SkillOptions(),
            flags: OutputFlags.global().map { $0.embedded(at: \.output) },
            examples: [.init("parallel skill print", "Read what an agent reads")], check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try output.write(SkillFile.stamped(SkillText.text(as: context.programName), folders: 0))
        try output.finish()
        return .success
    }
}

/// `parallel skill install`: puts the skill into agents' folders.
struct SkillInstallCommand: RunnableCommand {
    let options: SkillOptions
    let output: Output
    let context: Context

    static let name = "skill install"

    static var command: Command {
        SkillOptions.command(
            "Teach coding agents to use this program",
            """
            Writes the text of 'skill print' as \(SkillText.name)/SKILL.md into the folders where agents look for \
            skills: .agents/skills, and .claude/skills if there is a folder .claude. Called again after an update, it \
            brings the file up to date. A file that it did not write, or that somebody has changed, is left alone, and \
            nothing is written.
            """,
            examples: [
                .init("parallel skill install", "For all agents, in your home"),
                .init("parallel skill install --project --agent claude", "For Claude Code, in this project"),
            ], runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let files = try options.files(context, all: false)
        for file in files {
            if case .foreign(let why) = try file.state() {
                throw UsageError(
                    "\(file.shownPath) \(why)", hint: "it is left alone; move it away to have the skill there")
            }
        }
        for file in files {
            let isNew = try file.install(SkillText.text(as: context.programName))
            output.note(isNew ? "wrote \(file.shownPath)" : "\(file.shownPath) is up to date")
        }
        try output.finish()
        return .success
    }
}

/// `parallel skill uninstall`: takes the skill out of agents' folders.
struct SkillUninstallCommand: RunnableCommand {
    let options: SkillOptions
    let output: Output
    let context: Context

    static let name = "skill uninstall"

    static var command: Command {
        SkillOptions.command(
            "Take the skill out of coding agents' folders",
            """
            Removes what 'skill install' wrote, and the folders that it made if nothing else is in them. A file that \
            somebody has changed is left alone, and the exit code is 1.
            """,
            examples: [.init("parallel skill uninstall", "Everything is as it was before")], runs: Self.self)
    }

    func run() async throws -> ExitCode {
        var (code, isFound) = (ExitCode.success, false)
        for file in try options.files(context, all: true) {
            switch try file.state() {
            case .missing: continue
            case .own(_, let folders):
                try file.uninstall(folders: folders)
                output.note("removed \(file.shownPath)")
            case .foreign(let why):
                code = ErrorReport(.unexpected, "\(file.shownPath) \(why), and is left alone").emit(to: context)
            }
            isFound = true
        }
        if !isFound { output.note("there is no skill to remove") }
        try output.finish()
        return code
    }
}

import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel mcp export`: writes a server's tool definitions in the shape of another program.
struct MCPExportCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var shape: ExportShape?
        var folder: String?
        var checks = false
        var force = false
        var allowedTools: [String]?
        var connection = MCPConnectionOptions()
        var output = OutputOptions()
        var needsOutputPlace: Bool { folder == nil }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "as",
                    value: FlagSpec.Value("SHAPE", completion: .words(ExportShape.allCases.map(\.rawValue))),
                    summary: "What for: ai-sdk, openai, anthropic and others",
                    details: """
                        'ai-sdk' writes TypeScript for the AI SDK, with the types of the arguments; 'openai' the tools of the \
                        Responses API, 'openai-chat' those of Chat Completions; 'anthropic' and 'gemini' theirs; \
                        'json-schema' the schemas of the arguments; 'mcp' what the server sent.
                        """
                ) { options, text throws(InvalidValue) in options.shape = try ChoiceText.parse(text) },
                Flag(
                    "output", short: "o", value: FlagSpec.Value("DIR", completion: .file),
                    summary: "Write files into this folder instead of standard output",
                    details: "One for each tool, an index, and a lock file that says what the definitions were."
                ) { options, text throws(InvalidValue) in
                    options.folder = OutputFlags.file(try FileNameText.parse(text))
                },
                Flag(
                    "check", summary: "Compare only, exit with 8 if the server has changed",
                    details:
                        "Names what has changed in the server's definitions since they were exported. Files that somebody "
                        + "has edited are named, but are no difference. The tools and SHAPE are those of the lock file."
                ) { $0.checks = $1 },
                Flag("force", summary: "Replace files that no export has left like this") {
                    $0.force = $1
                },
                MCPFlags.allowTool(
                    "Export only this tool (repeatable)",
                    details: "Without it, those that the server's entry allows, or all."
                ).embedded(at: \.allowedTools),
            ]
            + MCPConnectionFlags.all().map { $0.embedded(at: \.connection) }
            + OutputFlags.data().filter { ["json", "format"].contains($0.spec.name) }.map { $0.embedded(at: \.output) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp export"

    static var command: Command {
        Command(
            summary: "Write tool definitions for another program",
            description: """
                Lists the tools of a server and writes their definitions for the AI SDK, OpenAI, Anthropic or Gemini, or as \
                JSON Schema, so that they can be read, pruned and put under version control: a later change on the server \
                then changes nothing by itself. Names become what the target allows (other characters are '_', long ones \
                are cut and get a hash); two tools that would get one name are refused. 'strict' of OpenAI is set where a \
                schema keeps its rules.

                No key or token is written: the TypeScript reads the variables of the registry's entry. Tools whose \
                arguments are no object are left out, with exit code 8.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp export crm --as openai | jq '.[].name'", "Tools for a request of your own"),
                .init("parallel mcp export crm --as ai-sdk -o src/crm", "TypeScript for the AI SDK"),
            ],
            check: { options, words throws(UsageError) in
                options.server = words[0]
                if let folder = options.folder, fileEndings.contains(where: folder.asciiLowercased.ends) {
                    throw UsageError(
                        "-o names a folder, and '\(folder)' looks like a file",
                        hint: "for one file, redirect standard output to it; for a folder of that name: -o \(folder)/")
                }
                if options.checks, options.folder == nil {
                    throw UsageError("--check compares a folder", hint: "name it: -o DIR")
                }
                if options.checks, options.allowedTools != nil {
                    throw UsageError("--check compares the tools of the export, so --allow-tool does not go with it")
                }
                guard let shape = options.shape else {
                    if options.checks { return }
                    throw UsageError(
                        "missing --as", hint: "one of \(ExportShape.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                if shape == .aiSDK, options.folder == nil {
                    throw UsageError("--as ai-sdk writes several files", hint: "name a folder for them: -o DIR")
                }
            }, runs: Self.self)
    }

    private static let fileEndings = [".json", ".jsonl", ".js", ".ts", ".md", ".txt", ".yaml", ".yml"]

    func run() async throws -> ExitCode {
        // The folder comes first, as a mistake there needs no request.
        let folder = try options.folder.map { name in
            try refusing { try ExportFolder(context.filePath(name)) }
        }
        let lock = folder?.lock
        if options.checks, lock == nil {
            throw UsageError(
                "\(options.folder ?? "") has no export to compare", hint: "write one with --as SHAPE, without --check")
        }
        if let lock, let shape = options.shape, lock.shape != shape {
            throw UsageError(
                "\(options.folder ?? "") has an export for \(lock.shape.rawValue)", hint: "give another folder")
        }
        let live = try await MCPConnection(options.connection, output, context).liveTools(of: options.server)
        let allowed = options.allowedTools ?? (options.checks ? lock?.allowedTools : live.resolved.server.allowedTools)
        let tools = try selected(live.definitions.map { PinnedTool($0) }, allowed, from: live.name)
        let shape = options.shape ?? lock?.shape ?? .mcp
        let export = try refusing {
            try ToolExport(
                folder?.settled(tools) ?? tools, as: shape, of: source(live, shape, allowed))
        }
        if options.checks, let folder, let lock { return try compare(export, lock, folder, live) }
        for tool in export.leftOut {
            output.warn("the tool '\(tool)' is left out: its arguments are no object")
        }
        if tools.isEmpty {
            guard let allowed, !live.definitions.isEmpty else {
                throw ErrorReport(.refused, "'\(live.name)' has no tools to export")
            }
            throw UsageError(
                "'\(live.name)' has none of the tools that its entry allows: \(allowed.joined(separator: ", "))",
                hint: "--allow-tool exports others")
        }
        for tool in export.tools where !tool.name.isExactly(tool.original) {
            output.note("note: the tool '\(tool.original)' is called '\(tool.name)' there")
        }
        if let folder {
            let count = try refusing { try folder.write(export, force: options.force) }
            let what = count == 0 ? "is up to date; nothing to do" : "has \(counted(export.tools.count, "tool")) now"
            output.note("\(options.folder ?? "") \(what)\(count == 0 ? "" : ", in \(counted(count, "changed file"))")")
        } else {
            try output.write(json: export.json, isPretty: output.isTerminal)
            try output.finish()
        }
        return export.leftOut.isEmpty ? .success : .partial
    }

    /// Returns the tools that are wanted. Throws for one that the server doesn't have; a comparison shows it
    /// as removed.
    private func selected(_ tools: [PinnedTool], _ allowed: [String]?, from server: String) throws -> [PinnedTool] {
        guard let allowed else { return tools }
        let names = tools.map(\.name)
        if let missing = options.allowedTools?.first(where: { !names.contains(where: $0.isExactly) }) {
            throw ErrorReport(
                .usage, "'\(server)' has no tool '\(missing)'",
                hints: [Suggestions.hint(for: missing, "tools", names)])
        }
        return tools.filter { allowed.contains(where: $0.name.isExactly) }
    }

    private func source(_ live: LiveTools, _ shape: ExportShape, _ allowed: [String]?) -> ExportSource {
        let url = ServerDefinition.isURL(options.server)
        let word = url ? live.url : live.name
        let given = options.connection.header
        let header =
            given.headers.flatMap {
                FlagSpec.words("header", "\($0.name): \(SecretMask.headerValue($0.value, of: $0.name))")
            } + (given.bearerVariable.map { ["--bearer-env", $0] } ?? [])
        func command(_ more: [String]) -> String {
            context.command(["mcp", "export"], operands: [word], flags: header + ["-o", "."] + more)
        }
        return ExportSource(
            live.resolved, version: live.version, name: word, url: live.url, allowedTools: allowed,
            commands: (command(["--as", shape.rawValue]), command(["--check"])))
    }

    private func compare(
        _ export: ToolExport, _ lock: ExportLock, _ folder: ExportFolder, _ live: LiveTools
    ) throws -> ExitCode {
        let changes = ToolChange.all(from: lock.tools, to: export.tools.map(\.pinned))
        let files = folder.comparison(with: export)
        // Files differ because of the tools; it is a difference of its own only if these are the same.
        let outdated = changes.isEmpty ? files.outdated : []
        func document(_ file: String, _ change: JSONValue) -> JSONValue { ["file": .string(file), "change": change] }
        let documents: [JSONValue] =
            changes.map(\.json) + outdated.map { document($0, "outdated") }
            + files.edited.map { document($0, "edited") }
        let rows = changes.map(ToolChangesView.row) + outdated.map { [$0, "outdated"] }
        try output.write(list: documents, Document.Table(headings: ToolChangesView.headings, rows: rows))
        try output.finish()
        if folder.isOfAnotherServer(export) {
            output.note("note: the folder has an export of another server, \(lock.url ?? "")")
        }
        for file in files.edited { output.note("note: \(file) was edited, or removed") }
        guard changes.isEmpty, outdated.isEmpty else {
            let tools = (options.allowedTools ?? lock.allowedTools ?? []).flatMap { FlagSpec.words("allow-tool", $0) }
            let again = context.command(
                ["mcp", "export"], operands: [MCPConnection.shown(options.server)],
                flags: ["--as", lock.shape.rawValue] + FlagSpec.words("output", short: "o", options.folder ?? "")
                    + tools + (folder.isOfAnotherServer(export) ? ["--force"] : []) + options.connection.words)
            output.note("to accept that and write the files again: \(command: again)" as Hint)
            return .partial
        }
        output.note("\(counted(export.tools.count, "tool")), nothing has changed")
        return .success
    }

    // MARK: - Refusals

    /// Puts into words why nothing was exported.
    private func refusing<Value>(_ work: () throws -> Value) throws -> Value {
        let folder = options.folder ?? ""
        do {
            return try work()
        } catch let problem as ToolExport.Problem {
            switch problem {
            case .collision(let name, let original, let other):
                throw ErrorReport(
                    .usage,
                    "the tools '\(other)' and '\(original)' would both be called '\(name)'; nothing was exported",
                    hints: ["choose tools with --allow-tool"])
            }
        } catch let refusal as ExportFolder.Refusal {
            switch refusal {
            case .noFolder: throw UsageError("\(folder) is no folder", hint: "-o takes a folder, or a new name for one")
            case .foreign:
                throw UsageError(
                    "\(folder) has other files, and no export",
                    hint: "give an empty folder; --force puts the files there")
            case .otherServer(let url):
                throw UsageError(
                    "\(folder) has an export of another server, \(url)",
                    hint: "give another folder; --force replaces it")
            case .edited(let files):
                throw UsageError(
                    "edited, or not from an export: \(files.map { "\(folder)/\($0)" }.joined(separator: ", "))",
                    hint: "nothing was written; --force replaces them")
            case .odd(let name): throw UsageError("\(folder)/\(name) is a link or no file; nothing was written")
            case .brokenLock:
                throw UsageError(
                    "\(folder)/\(ExportLock.name) is broken", hint: "without it, --force writes all files again")
            }
        }
    }
}

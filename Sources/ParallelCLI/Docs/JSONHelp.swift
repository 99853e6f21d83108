import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The command tree as one JSON document, for programs that call this one; `docs/scripts.md` explains its members.
///
/// Members are added as the program grows; `schema` changes if one is taken away or means something else.
struct JSONHelp {
    let tree: CommandTree
    let program: String

    static let schema = 1

    /// Returns the document as text: indented on a terminal, one line in a pipe.
    func text(below path: [String], _ context: Context) -> String {
        document(below: path).serialized(context.terminal.stdoutIsTerminal ? .pretty : .compact) + "\n"
    }

    /// Returns the commands that begin with `path` with the flags that they share, and the topic of that name; for the
    /// whole program also exit codes, settings and all topics.
    func document(below path: [String]) -> JSONValue {
        let groups = tree.groups(below: path)
        var document: JSONObject = [
            "schema": .number(JSONNumber(Self.schema)), "program": .string(program), "version": .string(Version.number),
        ]
        var shared: [FlagSpec] = []
        document["commands"] = .array(
            groups.flatMap { group in
                group.commands.map { command in
                    for flag in command.commonFlags where !shared.contains(where: { $0.name == flag.name }) {
                        shared.append(flag)
                    }
                    return json(command, heading: group.heading)
                }
            })
        if !shared.isEmpty { document["common_flags"] = .array(shared.map(json)) }
        if path.isEmpty {
            document["exit_codes"] = .array(
                ExitCode.allCases.map {
                    ["code": .number(JSONNumber(Int($0.rawValue))), "meaning": .string($0.meaning)]
                })
            document["settings"] = .array(Setting.all.map(json))
            document["topics"] = .array(HelpTopic.all.map(json))
        } else if path.count == 1, let topic = HelpTopic.named(path[0]) {
            document["topics"] = .array([json(topic)])
        }
        return .object(document)
    }

    private func json(_ command: Command, heading: String) -> JSONValue {
        [
            "command": .string(command.name), "group": .string(heading), "usage": .string(command.usage(as: program)),
            "summary": .string(command.summary), "description": .string(command.description),
            "uses_network": .bool(command.usesNetwork), "arguments": .array(command.positionals.map(json)),
            "flags": .array(command.ownFlags.map(json)),
            "common_flags": .array(command.commonFlags.map { .string($0.name) }),
            "examples": json(command.examples),
        ]
    }

    private func json(_ examples: [Command.Example]) -> JSONValue {
        .array(examples.map { ["line": .string($0.line(as: program)), "caption": .string($0.caption)] })
    }

    private func json(_ positional: Positional) -> JSONValue {
        var members: JSONObject = [
            "name": .string(positional.name), "summary": .string(positional.summary),
            "required": .bool(positional.arity == .required || positional.arity == .oneOrMore),
            "repeatable": .bool(positional.arity == .oneOrMore || positional.arity == .zeroOrMore),
            "dash_is_standard_input": .bool(positional.standardInput != .never),
        ]
        if case .words(let words) = positional.completion { members["choices"] = .array(words.map { .string($0) }) }
        return .object(members)
    }

    private func json(_ flag: FlagSpec) -> JSONValue {
        let negation =
            flag.value == nil && !BuiltInFlags.all.contains { $0.name == flag.name } ? ["--no-\(flag.name)"] : []
        var members: JSONObject = [
            "name": .string(flag.name), "spellings": .array((flag.spellings + negation).map { .string($0) }),
            "type": .string(flag.type), "summary": .string(flag.summary), "repeatable": .bool(flag.isRepeatable),
        ]
        if let value = flag.value {
            members["value"] = .string(value.placeholder)
            if case .words(let words) = value.completion { members["choices"] = .array(words.map { .string($0) }) }
            if let preset = flag.preset ?? flag.settingRivals.flatMap({ _ in Setting.named(flag.name)?.preset }),
                !preset.isEmpty
            {
                members["default"] = .string(preset)
            }
        } else {
            members["default"] = .bool(flag.isOnByDefault)
        }
        if !flag.details.isEmpty { members["details"] = .string(flag.details) }
        if flag.sendsNothing { members["sends_nothing"] = true }
        if let rivals = flag.settingRivals {
            members["setting"] = true
            members["setting_unless"] = .array(rivals.map { .string("--\($0)") })
            members["variables"] = .array((Setting.named(flag.name)?.variables ?? []).map { .string($0) })
        }
        return .object(members)
    }

    private func json(_ setting: Setting) -> JSONValue {
        [
            "name": .string(setting.name), "summary": .string(setting.summary), "default": .string(setting.preset),
            "variables": .array(setting.variables.map { .string($0) }),
        ]
    }

    private func json(_ topic: HelpTopic) -> JSONValue {
        let sections = topic.sections.map { section -> JSONValue in
            var members: JSONObject = ["heading": .string(section.heading)]
            for block in section.blocks {
                switch block {
                case .text(let text): members["text"] = .string(text)
                case .entries(let entries):
                    members["entries"] = .array(
                        entries.map { ["name": .string($0.term), "meaning": .string($0.summary)] })
                case .examples(let examples): members["examples"] = json(examples)
                }
            }
            return .object(members)
        }
        return ["name": .string(topic.name), "summary": .string(topic.summary), "sections": .array(sections)]
    }
}

extension FlagSpec {
    /// What kind of value the flag takes, by how its placeholder is written.
    fileprivate var type: String {
        guard let value else { return "switch" }
        let types = ["N": "integer", "PORT": "integer", "SECONDS": "integer", "USD": "amount", "DURATION": "duration"]
        let others = ["YYYY-MM-DD": "date", "URL": "url", "JSON": "json", "FILE": "file", "DIR": "folder"]
        if let type = types[value.placeholder] ?? others[value.placeholder] { return type }
        switch value.completion {
        case .words: return "choice"
        case .file: return "file"
        case .mcpServers: return "mcp_server"
        case .ids: return "id"
        case .none, .atFile, .commands, .profiles, .settingValues:
            return value.placeholder.has("=") ? "assignment" : "text"
        }
    }

    /// The default, as the summary words it in brackets: `(default: base)`, `medium (default)`.
    fileprivate var preset: String? {
        let parts = summary.parts(between: "(")
        for (part, before) in zip(parts.dropFirst(), parts) where part.begins(with: "default") {
            let text = part.dropping(bytes: 7).upTo { $0 == ")" || $0 == "," }.trimmed { $0 == " " || $0 == ":" }
            return String(text.isEmpty ? before.trimmed.split { $0 == " " }.last ?? "" : text)
        }
        return nil
    }
}

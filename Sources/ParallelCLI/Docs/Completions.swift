import ParallelSystem

/// Completion scripts for shells, made from the tree of commands.
///
/// Each script holds the tree as tables; only the names of MCP servers are asked of the program when they are needed.
struct Completions {
    enum Shell: String, Sendable, CaseIterable { case bash, zsh, fish }

    /// The name that is completed; must be usable.
    let program: String
    let tree: CommandTree

    /// Whether the name can stand in a script as it is, in every shell.
    static func isUsable(name: String) -> Bool {
        !name.isEmpty && !name.begins(with: "-")
            && name.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._+-".utf8.contains($0) }
    }

    /// The script, ending with a line feed.
    func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// A place in the tree: a command, or the beginning of longer ones.
    struct Node {
        let path: [String]
        /// What can follow a beginning; empty for a command.
        let words: [CommandTree.Word]
        let flags: [FlagSpec]
        let positionals: [Positional]

        var name: String { path.joined(separator: " ") }
    }

    var nodes: [Node] {
        let branches = tree.branches.map { path in
            Node(
                path: path, words: tree.words(after: path), flags: CommonFlags.all + BuiltInFlags.all,
                positionals: [])
        }
        let commands = tree.commands.map { command in
            Node(
                path: command.path, words: [], flags: command.flags.flatMap(Self.offered) + BuiltInFlags.all,
                positionals: command.positionals)
        }
        return branches + commands
    }

    /// The flag and, where it is a switch that is on by default, its negation.
    private static func offered(_ flag: FlagSpec) -> [FlagSpec] {
        guard flag.isOnByDefault else { return [flag] }
        let negation = FlagSpec(
            name: "no-\(flag.name)", short: nil, value: nil, isRepeatable: false, summary: "Switch --\(flag.name) off",
            details: "")
        return [flag, negation]
    }

    /// What `help` explains beside commands. A topic that is also the first word of commands comes once, as that word.
    var topics: [CommandTree.Word] {
        let words = tree.words(after: []).map(\.word)
        return HelpTopic.all.filter { !words.contains($0.name) }.map {
            CommandTree.Word(word: $0.name, summary: $0.summary)
        }
    }

    /// The name of a function of the script: `_parallel_task_run` for `["task", "run"]`.
    func function(_ words: [String] = []) -> String {
        let name = ([program] + words).joined(separator: "_")
        return "_" + String(decoding: name.utf8.map { $0.isASCIILetterOrDigit ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    var header: String { "Made by '\(program) completion'; changes to this file are lost." }
}

extension Positional {
    var isRepeatable: Bool { arity == .oneOrMore || arity == .zeroOrMore }
}

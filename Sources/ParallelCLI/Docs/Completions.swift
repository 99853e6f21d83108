import ParallelSystem

/// Completion scripts for shells, generated from the command tree.
///
/// Each script holds the tree as tables. For names of MCP servers and profiles, values of settings and recent ids, it
/// asks the program (`completion values KIND=WORD`), which prints each on a line with a description.
struct Completions {
    enum Shell: String, Sendable, CaseIterable { case bash, zsh, fish }

    /// The program's name, for which `isUsable` must be true.
    let program: String
    let tree: CommandTree

    /// Whether a name needs no quoting in a script of any shell.
    static func isUsable(name: String) -> Bool {
        !name.isEmpty && !name.begins(with: "-")
            && name.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._+-".utf8.contains($0) }
    }

    /// Returns the script, ending with a line feed.
    func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// A node of the tree: a command, or the beginning of longer ones.
    struct Node {
        let path: [String]
        /// The words that may follow a beginning; empty for a command.
        let words: [CommandTree.Word]
        let flags: [FlagSpec]
        let positionals: [Positional]

        var name: String { path.joined(separator: " ") }

        init(branch path: [String], of tree: CommandTree) {
            self.path = path
            words = tree.words(after: path)
            (flags, positionals) = (CommonFlags.all + BuiltInFlags.all, [])
        }

        init(_ command: Command) {
            (path, words) = (command.path, [])
            flags = command.flags.flatMap(Self.offered) + BuiltInFlags.all
            positionals = command.positionals
        }

        /// Returns the flag and, for a switch that is on by default, its negation.
        private static func offered(_ flag: FlagSpec) -> [FlagSpec] {
            guard flag.isOnByDefault else { return [flag] }
            let negation = FlagSpec(
                name: "no-\(flag.name)", short: nil, value: nil, isRepeatable: false,
                summary: "Switch --\(flag.name) off",
                details: "")
            return [flag, negation]
        }
    }

    var nodes: [Node] {
        tree.branches.map { Node(branch: $0, of: tree) } + tree.commands.map { Node($0) }
    }

    /// The help topics, without those whose name is also the first word of commands.
    var topics: [CommandTree.Word] {
        let words = tree.words(after: []).map(\.word)
        return HelpTopic.all.filter { !words.contains($0.name) }.map {
            CommandTree.Word(word: $0.name, summary: $0.summary)
        }
    }

    /// Returns the name of a function in the script: `_parallel_task_run` for `["task", "run"]`.
    func function(_ words: [String] = []) -> String {
        let name = ([program] + words).joined(separator: "_")
        return "_" + String(decoding: name.utf8.map { $0.isASCIILetterOrDigit ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    /// How a line at the beginning of each script ends.
    static func header(of program: String) -> String {
        "Made by '\(program) completion'; changes to this file are lost."
    }
}

extension Positional {
    var isRepeatable: Bool { arity == .oneOrMore || arity == .zeroOrMore }
}

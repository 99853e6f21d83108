import ParallelAPI
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// How the questions of a shell are asked: the command, and the flags that each question gets.
///
/// A question is a command line of the program, so all that is kept here are words, which the command's own parser
/// checks.
struct ShellSession: Sendable {
    /// The commands that answer questions.
    enum Kind: String, Sendable { case task = "task run", chat, ask }

    let tree: CommandTree
    private let environment: [String: String]
    private(set) var kind = Kind.task
    /// Whose model `ask` asks.
    private(set) var provider = ""
    /// The flags, by the command of the shell that has set them.
    private var chosen: [String: [String]] = [:]
    /// What was chosen for the commands that answer no more, for when they do again.
    private var setAside: [Kind: [String: [String]]] = [:]

    init(_ tree: CommandTree, _ environment: [String: String]) { (self.tree, self.environment) = (tree, environment) }

    /// A command of the shell itself.
    struct SlashCommand: Sendable {
        /// With its slash.
        let name: String
        let usage: String
        let summary: String
        var completion = Completion.none
    }

    static let commands = [
        SlashCommand(name: "/help", usage: "", summary: "List these commands"),
        SlashCommand(
            name: "/processor", usage: "NAME", summary: "The processor, or the model, of the questions to come",
            completion: .words(Processor.known)),
        SlashCommand(
            name: "/output", usage: "WHAT...",
            summary: "report, basis, a format such as json, fields such as 'ceo=Name of the CEO', or none",
            completion: .words(["report", "basis", "none"] + OutputFormat.allCases.map(\.rawValue))),
        SlashCommand(
            name: "/mcp", usage: "NAME...", summary: "The MCP servers that may be called, or none",
            completion: .mcpServers),
        SlashCommand(
            name: "/sources", usage: "DOMAIN...",
            summary: "Search these domains alone; not those with a - in front; or none"),
        SlashCommand(
            name: "/flags", usage: "FLAG...",
            summary: "Add flags to each question, as --max-cost 1; none drops all; alone, it shows what is set"),
        SlashCommand(name: "/task", usage: "", summary: "Ask by research tasks again"),
        SlashCommand(
            name: "/chat", usage: "[MODEL]", summary: "Ask a chat model, which answers at once",
            completion: .words(ChatRequest.models)),
        SlashCommand(
            name: "/with", usage: "PROVIDER [MODEL]", summary: "Ask another provider's model",
            completion: .words(ModelProvider.allCases.map(\.rawValue))),
        SlashCommand(name: "/new", usage: "", summary: "Begin anew: the next question goes on from nothing"),
        SlashCommand(name: "/cost", usage: "", summary: "What this session has cost"),
        SlashCommand(
            name: "/save", usage: "[--force] FILE.md", summary: "Save questions and answers as .md or .html",
            completion: .file),
        SlashCommand(name: "/quit", usage: "", summary: "Leave, as Ctrl-D does"),
    ]

    /// The commands that set flags, in the order of those.
    private static let groups = ["/processor", "/output", "/mcp", "/sources", "/flags"]

    /// Returns the flags that a command of the shell has set; nil if it sets none.
    func words(of name: String) -> [String]? { Self.groups.contains(name) ? chosen[name] ?? [] : nil }

    /// The command that a question becomes, without the question.
    var commandWords: [String] {
        kind.rawValue.parts(between: " ").map(String.init) + (kind == .ask ? ["--with", provider] : []) + flags
    }

    private var flags: [String] { Self.groups.flatMap { chosen[$0] ?? [] } }

    /// Returns the command line that asks `question`.
    ///
    /// - Parameter last: what the question goes on from; nil for nothing.
    func line(asking question: String, after last: String?) -> [String] {
        let flag = kind == .chat ? "--previous-interaction-id" : "--continue-from"
        return commandWords + (last.map { ["\(flag)=\($0)"] } ?? []) + ["--", question]
    }

    // MARK: - Changes

    /// Sets the flags of a command of the shell. Throws what is wrong with them, and then changes nothing.
    mutating func set(_ name: String, _ words: [String]) throws(UsageError) {
        var changed = self
        // Further flags are more of them: a limit of what a question costs must not go unseen.
        let before = name == "/flags" ? chosen[name] ?? [] : []
        changed.chosen[name] = words == ["none"] ? nil : before + flags(of: words, for: name)
        try changed.check()
        self = changed
    }

    /// Chooses who answers. Returns the commands whose flags that command does not have.
    mutating func turn(to kind: Kind, provider: String = "", model: String?) throws(UsageError) -> [String] {
        var changed = self
        changed.setAside[self.kind] = chosen
        (changed.kind, changed.provider, changed.chosen) = (kind, provider, changed.setAside[kind] ?? [:])
        // A model is that of its provider.
        if model != nil || kind == .ask { changed.chosen["/processor"] = model.map { ["--model", $0] } }
        try changed.check()
        var dropped: [String] = []
        for name in Self.groups.dropFirst() {
            guard let words = chosen[name], changed.chosen[name] == nil else { continue }
            var tried = changed
            tried.chosen[name] = words
            do throws(UsageError) {
                try tried.check()
                changed = tried
            } catch {
                dropped.append(name)
            }
        }
        self = changed
        return dropped
    }

    private func flags(of words: [String], for name: String) -> [String] {
        if words.first?.begins(with: "--") == true { return words }
        return words.flatMap { word -> [String] in
            switch name {
            case "/processor": [kind == .task ? "--processor" : "--model", word]
            case "/mcp": ["--mcp", word]
            case "/sources" where word.begins(with: "-"): ["--exclude-domain", String(word.dropping(bytes: 1))]
            case "/sources": ["--include-domain", word]
            case "/output" where ["report", "basis"].contains(word): ["--\(word)"]
            case "/output" where OutputFormat(rawValue: word) != nil: ["--format", word]
            case "/output": ["--field", word]
            default: [word]
            }
        }
    }

    /// Throws what the command's parser finds wrong.
    private func check() throws(UsageError) {
        guard let command = tree.entries.first(where: { $0.name == kind.rawValue })?.command else { return }
        if case .parsed(let others) = try FlagParser(flags: command.flags).parse(flags, { _, _ in }),
            let word = others.first
        {
            throw UsageError(
                "'\(UsageError.shown(word))' is no flag", hint: "a value of several words stands in quotation marks")
        }
        var color = ColorChoice.auto
        let words = commandWords.dropFirst(command.path.count) + ["--", "?"]
        _ = try command.parse(Array(words), SettingSource(environment), color: &color)
    }

    // MARK: - The prompt

    /// What asks and what a question costs, such as `core $0.025`; `$?` where that is not known.
    var terms: String {
        let command = tree.entries.first { $0.name == kind.rawValue }?.command
        let specs = command?.flags ?? []
        var given: [String: String] = [:]
        _ = try? FlagParser(flags: specs).parse(flags) { given[specs[$0].name] = $1 }
        let (name, cost): (String, Cost?)
        switch kind {
        case .task:
            let settings = try? SettingSource(environment).chosen(profile: given["profile"])
            var task = TaskOptions()
            task.processor = given["processor"] ?? settings?.values["processor"]?.text ?? task.processor
            task.choosesProcessor = given["processor"] != nil
            if given["report"] == FlagSpec.on { task.chooseForReport() }
            (name, cost) = (task.processor, Cost(runs: 1, processor: task.processor))
        case .chat:
            var request = ChatRequest()
            request.model = given["model"] ?? request.model
            (name, cost) = ("chat \(request.model)", request.cost)
        case .ask:
            let isOurs = provider == ModelProvider.parallel.rawValue
            (name, cost) = (provider, isOurs ? PriceList.cost(ofResponseWith: given["effort"] ?? "medium") : nil)
        }
        let price = cost.map { $0.text + (given["paid-source"] == nil ? "" : "+") } ?? "$?"
        return "\(name.shortened(to: 20)) \(price)"
    }
}

import ParallelSystem

/// Which login a request uses at its MCP servers, as typed: `NAME` at each of them, `SERVER=NAME` at one.
struct LoginAccounts: Sendable {
    private(set) var words: [String] = []

    init(_ words: [String] = []) { self.words = words }

    var isEmpty: Bool { words.isEmpty }

    private var named: [(server: String, account: String)] { words.compactMap(Self.pair) }

    /// The account that is meant at each server that has none of its own; nil for the login without a name.
    var general: String? { words.first { !$0.has("=") } }

    /// The account that is named for one server; nil if there is none.
    func own(of server: String) -> String? { named.first { $0.server.isExactly(server) }?.account }

    private static func pair(_ word: String) -> (server: String, account: String)? {
        guard let equals = word.place(of: "=") else { return nil }
        let (server, account) = word.halves(around: equals)
        return (String(server), String(account))
    }

    /// Throws for an account at a server that is not used.
    func check(among servers: [String]) throws(UsageError) {
        for (server, account) in named where !servers.contains(where: server.isExactly) {
            throw UsageError(
                "--account \(server)=\(account): the request has no MCP server '\(server)'",
                hint: "it has \(servers.joined(separator: ", "))")
        }
    }

    /// Throws if there are no servers that could have an account.
    func check(hasServers: Bool) throws(UsageError) {
        if !isEmpty, !hasServers { throw UsageError("--account goes with --mcp or --mcp-config") }
    }

    static let flag = Flag<LoginAccounts>(
        "account", value: FlagSpec.Value("[SERVER=]NAME"), isRepeatable: true,
        summary: "Use the login of this account (repeatable)",
        details:
            "NAME is meant at every server with a login, SERVER=NAME at one. Without a login of that name nothing is "
            + "sent, and the exit code is 3."
    ) { accounts, text throws(InvalidValue) in
        let pair = Self.pair(text)
        if pair?.server.isBlank == true { throw InvalidValue("'\(text)' is not SERVER=NAME") }
        let name = try FilledText.parse(pair?.account ?? text, called: "name")
        if let other = pair.map({ accounts.own(of: $0.server) }) ?? accounts.general, !other.isExactly(name) {
            throw InvalidValue(
                pair.map { "'\(other)' and '\(name)' are meant at '\($0.server)', which gets one account" }
                    ?? "'\(other)' and '\(name)' are meant at the same servers; SERVER=NAME names one server")
        }
        accounts.words.append(text)
    }
}

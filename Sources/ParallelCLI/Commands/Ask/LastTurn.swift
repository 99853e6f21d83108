import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelModels
import ParallelSettings
import ParallelSystem

/// What a conversation goes on from: the last answer of a provider on this machine, or one whose id was given.
struct LastTurn {
    var id: String?
    var model: String?
    /// The names of the MCP servers that were used.
    var servers: [String] = []
    /// The accounts of logins at them, as `--account` takes them.
    var accounts: [String] = []
    /// The file that had them, where one was given.
    var configFile: String?
    /// The tools that the model could call; empty for those that the registry allows.
    var allowedTools: [String] = []
    var approval: AskOptions.Approval?
    var effort: AskOptions.Effort?
    var system: String?
    /// The domains that the web was limited to, or that were left out.
    var policy = SourcePolicy()
    /// All messages, for a provider that keeps no answers.
    var messages: [JSONValue] = []

    /// The file that keeps it, one for each provider, readable by the user alone.
    struct File {
        private let provider: ModelProvider
        /// Answers are known at the address alone that gave them.
        private let origin: String
        private let folder: String?
        private let context: Context

        init(_ provider: ModelProvider, at address: HTTPURL, _ context: Context) {
            self.provider = provider
            origin = address.origin
            folder = XDGPaths(environment: context.environment).state
            self.context = context
        }

        private var path: String? { folder.map { "\($0)/ask-\(provider.rawValue).json" } }

        /// Returns what to go on from: the turn that is kept, or the answer with an id that was given. Throws
        /// `UsageError` if there is none.
        func read(from given: String?) throws -> LastTurn {
            let kept = try kept()
            if let given, kept?.id?.isExactly(given) != true {
                guard provider.keepsAnswers else {
                    throw UsageError(
                        "--continue-from: \(provider.facts.title) keeps no answers, and this one is not the last here",
                        hint: "--continue goes on from the last one")
                }
                return LastTurn(id: given)
            }
            guard let kept else {
                throw UsageError(
                    "--continue: there is no answer of \(provider.facts.title) at \(origin) to go on from",
                    hint: provider.keepsAnswers ? "--continue-from ID names one" : nil)
            }
            return kept
        }

        private func kept() throws -> LastTurn? {
            guard let json = try stored(), json["origin"]?.string == origin else { return nil }
            var policy = SourcePolicy()
            policy.includeDomains = (json["include_domains"]?.array ?? []).compactMap(\.string)
            policy.excludeDomains = (json["exclude_domains"]?.array ?? []).compactMap(\.string)
            return LastTurn(
                id: json["id"]?.string, model: json["model"]?.string,
                servers: (json["servers"]?.array ?? []).compactMap(\.string),
                accounts: (json["accounts"]?.array ?? []).compactMap(\.string), configFile: json["mcp_config"]?.string,
                allowedTools: (json["allowed_tools"]?.array ?? []).compactMap(\.string),
                approval: json["approve"]?.string.flatMap(AskOptions.Approval.init),
                effort: json["effort"]?.string.flatMap(AskOptions.Effort.init), system: json["system"]?.string,
                policy: policy, messages: json["messages"]?.array ?? [])
        }

        /// Throws `FileError` for a file that others could have written or can read, and for one that is broken.
        private func stored() throws(FileError) -> JSONValue? {
            guard let path, UserFile.exists(path) else { return nil }
            let bytes = try UserFile.readPrivate(path)
            guard let json = try? JSONValue.parse(bytes), json.object != nil else {
                throw FileError(path: path, reason: "it is not what was written there; remove it")
            }
            return json
        }

        /// Keeps a turn in place of the one before. Throws `FileError`, also for a file that is no earlier turn: it is
        /// somebody else's.
        func keep(_ turn: LastTurn) throws(FileError) {
            guard let folder, let path, context.rules.zeroRetention == nil else { return }
            _ = try stored()
            var json: JSONObject = ["origin": .string(origin)]
            json["id"] = turn.id.map(JSONValue.string)
            json["model"] = turn.model.map(JSONValue.string)
            json["servers"] = .array(turn.servers.map(JSONValue.string))
            if !turn.accounts.isEmpty { json["accounts"] = .array(turn.accounts.map(JSONValue.string)) }
            json["mcp_config"] = turn.configFile.map(JSONValue.string)
            if !turn.allowedTools.isEmpty { json["allowed_tools"] = .array(turn.allowedTools.map(JSONValue.string)) }
            json["approve"] = (turn.approval?.rawValue).map(JSONValue.string)
            json["effort"] = (turn.effort?.rawValue).map(JSONValue.string)
            json["system"] = turn.system.map(JSONValue.string)
            json.members += (turn.policy.json.object ?? [:]).members
            if !turn.messages.isEmpty { json["messages"] = .array(turn.messages) }
            try Directory.create(folder)
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(JSONValue.object(json).bytes())
            try file.commit(replacing: true)
        }
    }
}

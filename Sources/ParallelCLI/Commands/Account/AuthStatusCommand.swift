import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel auth status`: says which key is used, where it comes from, and whether the API accepts it.
struct AuthStatusCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var isOffline = false
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag("offline", sendsNothing: true, summary: "Don't ask the API whether it accepts the key") {
                    $0.isOffline = $1
                }
            ] + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "auth status"

    static var command: Command {
        Command(
            summary: "Say which API key is used, and where it comes from",
            description: """
                Lists the places that a key can come from in their order: the first that has one is used and overrides \
                the others. Of a key only the last four characters are shown. Then it asks the API whether it accepts \
                the key, by a request that costs nothing. Ends with 3 if there is no key, or it is not accepted.
                """,
            usesNetwork: true, defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel auth status", "Who am I, and with which key?"),
                .init("parallel auth status --offline --json | jq -r .source", "Where the key comes from"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    /// What a source of keys has to say.
    private struct Row {
        let source: String
        let state: String
        var ending: String?
        var note = ""
    }

    func run() async throws -> ExitCode {
        let address = try context.apiAddress.get()
        let (rows, used) = try rows(address)
        for row in rows where row.note.isEmpty == false { output.warn("\(row.source): \(row.note)") }
        var verdict: (word: String, code: ExitCode) =
            used == nil ? ("no key", .notAuthenticated) : ("not asked", .success)
        if let used, !options.isOffline { verdict = try await self.verdict(used.key, address) }
        try write(rows, used?.origin, address, verdict.word)
        try output.finish()
        if used == nil {
            output.note("sign in with: \(command: context.command(["login"]))" as Hint)
        }
        return verdict.code
    }

    /// Looks into all sources, also those behind the one that is used.
    private func rows(_ address: APIAddress) throws -> (rows: [Row], used: (key: Secret, origin: SettingOrigin)?) {
        let sources = try APIConnection.readingKey(options.connection.keyFile, of: "--api-key-file", context) { file in
            try KeySources.all(options.connection, keyFile: file, address, context)
        }
        var used: (key: Secret, origin: SettingOrigin)?
        let rows = try sources.map { source -> Row in
            let name = source.origin.name
            do {
                switch try source.look() {
                case .nothing: return Row(source: name, state: "empty")
                case .keyOf(let other):
                    return Row(source: name, state: "for another address", note: "its key is for \(other)")
                case .key(let text):
                    let key = try Settings.key(text, from: source.origin)
                    context.streams.secrets.hide(key.reveal())
                    let isFirst = used == nil
                    if isFirst { used = (key, source.origin) }
                    let bytes = key.reveal().utf8
                    let ending = bytes.count < 12 ? "…" : "…\(String(decoding: bytes.suffix(4), as: UTF8.self))"
                    return Row(source: name, state: isFirst ? "used" : "overridden", ending: ending)
                }
            } catch {
                // One behind the key that is used changes nothing.
                if used == nil { throw error }
                return Row(source: name, state: "unusable", note: ErrorReport(error, context).message)
            }
        }
        return (rows, used)
    }

    /// Asks the API. Returns what to say of it, and the exit code.
    private func verdict(_ key: Secret, _ address: APIAddress) async throws -> (word: String, code: ExitCode) {
        let source = KeySource(.preset) { .key(key.reveal()) }
        let client = APIConnection.client(try Settings(address, from: [source]), output, context)
        do {
            switch try await KeyCheck.run(client) {
            case .accepted: return ("yes", .success)
            case .refused(let error): return ("no (\(error.status)): \(error.message)", .notAuthenticated)
            }
        } catch {
            if Task.isCancelled { throw error }
            let report = ErrorReport(error, context)
            return ("not known: \(report.message)", report.code)
        }
    }

    private func write(_ rows: [Row], _ used: SettingOrigin?, _ address: APIAddress, _ verdict: String) throws {
        let login = try login(used)
        let organization = login?["org_name"]?.string ?? login?["org_id"]?.string
        if output.format.isJSON {
            func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
            let accepted: JSONValue = verdict == "yes" ? true : verdict.begins(with: "no (") ? false : .null
            let sources = rows.map { row -> JSONValue in
                ["source": .string(row.source), "state": .string(row.state), "key_ending": text(row.ending)]
            }
            return try output.write(document: [
                "authenticated": .bool(used != nil), "source": text(used?.name), "accepted": accepted,
                "org_id": login?["org_id"] ?? .null, "org_name": login?["org_name"] ?? .null,
                "key_name": login?["key_name"] ?? .null, "base_url": .string(address.text),
                "base_url_from": .string(address.origin.name), "sources": .array(sources),
            ])
        }
        var fields = [
            ("key", used?.name ?? "none"), ("accepted by the API", verdict),
            ("requests go to", "\(address.text) (\(address.origin.name))"),
        ]
        if let organization { fields.append(("organisation", organization)) }
        if let name = login?["key_name"]?.string { fields.append(("name of the key", name)) }
        fields += rows.map { ("\($0.source)", "\($0.state)\($0.ending.map { " (\($0))" } ?? "")") }
        try output.write(fields: fields.map { ([.text($0.0)], [.text($0.1)]) }, headings: ["field", "value"])
    }

    /// What is stored with the login that is used; nil for any other key.
    private func login(_ used: SettingOrigin?) throws -> JSONObject? {
        switch used {
        case .login(let profile): return try Account(profile, output, context).stored()
        case .officialLogin:
            let found = try OfficialLogin.find(context.environment)
            return ["org_name": found?.organization.map(JSONValue.string) ?? .null]
        default: return nil
        }
    }
}

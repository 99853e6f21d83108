import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel key list`: lists the API keys that were created on this machine.
struct KeyListCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var output = OutputOptions()

        static let flags: [Flag<Options>] = OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "key list"

    static var command: Command {
        Command(
            summary: "List the API keys that were created on this machine",
            description: """
                Lists the keys of 'login' and 'key create' on this machine, without the keys themselves. The API lists \
                none, so that keys which were made elsewhere are missing, and deleted ones may be among them.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [.init("parallel key list", "The keys of this machine")], check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let keys = try Account(nil, output, context).createdKeys()
        switch output.format {
        case .json: try output.write(document: .array(keys))
        case .jsonl: for key in keys { try output.write(document: key, isOnly: false) }
        case .text: for key in keys { try output.write(networkText: key["api_key_id"]?.string ?? "") }
        case .table, .csv, .tsv, .markdown, .html:
            let members = ["api_key_id", "api_key_name", "display_value", "app_name", "profile"]
            let rows = keys.map { key in
                members.map { [.text(key[$0]?.string ?? "")] as [Document.Inline] }
                    + [key["created_at"]?.int.map { [.time(TimeText.exact($0) ?? String($0), seconds: $0)] } ?? []]
            }
            let kinds: [Document.Column.Kind] = [.identifier, .text, .text, .text, .text, .time]
            let columns = zip(["id", "name", "key", "app", "login", "created"], kinds).map {
                Document.Column([.text($0)], $1)
            }
            try output.write(table: Document.Table(columns: columns, rows: rows))
        }
        try output.finish()
        output.note("these were created on this machine; the API can list no keys")
        return .success
    }
}

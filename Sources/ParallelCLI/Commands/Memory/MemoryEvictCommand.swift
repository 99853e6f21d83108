import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel memory evict`: removes one entry from the memory.
struct MemoryEvictCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var kind: String?
        var memory = MemoryOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        var needsOutputPlace: Bool { preview.sendsNothing }

        static let flags: [Flag<Options>] =
            [
                MemoryOptions.kind(
                    "What the entry is: task, monitor or findall", details: "Needed only if the ID doesn't say it."
                ) { $0.kind = $1 },
                MemoryOptions.flag.embedded(at: \.memory),
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "memory evict"

    static var command: Command {
        Command(
            summary: "Remove an entry from the memory",
            description: """
                Removes one entry. The run or monitor itself stays as it is, and 'task result' goes on printing it.
                """,
            usesNetwork: true,
            positionals: [Positional("ID", .required, summary: "the id of the entry, as 'memory search' prints it")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel memory evict trun_9907962f83aa4d9d98fd7f4bf745d654 --scope-key workspace_acme",
                    "Forget a run")
            ],
            check: { options, words throws(UsageError) in
                try options.preview.check(&options.output)
                do throws(InvalidValue) { options.id = try MemoryOptions.word(words[0], "id") } catch {
                    throw UsageError("ID: \(error.reason)")
                }
                let id = options.id
                options.kind =
                    options.kind ?? MemoryOptions.kinds.first { $0.prefixes.contains(where: id.begins) }?.name
                if options.kind == nil { throw UsageError("'\(id)' doesn't say what it is", hint: "add --kind KIND") }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        var body: JSONObject = ["id": .string(options.id), "kind": .string(options.kind ?? "")]
        if let key = options.memory.scopeKey { body["memory_scope_key"] = .string(key) }
        let call = APICall(
            endpoint: .memory("evict"), body: .object(body), terms: "the entry would be removed", status: "removing")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let answer = try await call.send(client, output, context)
        // The API answers with nothing.
        if !answer.isNull, output.format.isJSON { try output.write(document: answer) }
        output.note("\(options.id) is no longer in the memory")
        try output.finish()
        return .success
    }
}

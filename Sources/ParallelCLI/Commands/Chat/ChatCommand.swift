import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel chat`: asks a chat model of the API, and prints its answer as it comes.
struct ChatCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var prompt: InputSource?
        var request = ChatRequest()
        var system: String?
        var schema: InputSource?
        var historyFile: String?
        var isStreamed = true
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "model", short: "m", value: FlagSpec.Value("NAME", completion: .words(ChatRequest.models)),
                    summary: "The model: speed (default), lite, base or core",
                    details: "speed answers within seconds; the others research as the processors of these names do, "
                        + "and give sources. An answer costs half a cent, one cent with base, 2.5 cents with core."
                ) { options, text throws(InvalidValue) in
                    guard ChatRequest.models.contains(where: text.isExactly) else {
                        throw ChoiceText.unknown(text, among: ChatRequest.models)
                    }
                    options.request.model = text
                },
                Flag("system", value: FlagSpec.Value("TEXT"), summary: "What the model is told before the conversation")
                {
                    options, text throws(InvalidValue) in options.system = try FilledText.parse(text)
                },
                Flag(
                    "json-schema", value: FlagSpec.Value("JSON", completion: .atFile),
                    summary: "JSON Schema of the answer: JSON, @FILE or -"
                ) { $0.schema = InputSource($1) },
                Flag(
                    "history", value: FlagSpec.Value("FILE", completion: .file),
                    summary: "Go on with the messages in FILE, and add to them",
                    details: "A JSON array of messages; the file is made if there is none, readable by you alone."
                ) { options, text throws(InvalidValue) in options.historyFile = try FileNameText.parse(text) },
                Flag(
                    "previous-interaction-id", value: FlagSpec.Value("ID", completion: .ids(of: "run")),
                    summary: "Continue an earlier run or interaction"
                ) { options, text throws(InvalidValue) in
                    options.request.previousInteractionID = try FilledText.parse(text)
                },
                Flag(
                    "stream", isOnByDefault: true, summary: "Print the answer as it comes (default, but with --json)"
                ) { $0.isStreamed = $1 },
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "chat"

    static var command: Command {
        Command(
            summary: "Ask a chat model, and print its answer as it comes",
            description: """
                Asks one of the API's chat models, which answer from the web. The answer is printed as it comes; with \
                --format jsonl each part of it, with --json the whole answer at once. An answer costs money, so a \
                question is never sent again if it may have been accepted.
                """,
            usesNetwork: true,
            positionals: [
                Positional("PROMPT", .optional, completion: .atFile, summary: "the question: text, @FILE, or -")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel chat 'What does a heat pump do?'", "Ask"),
                .init(
                    "parallel chat -m lite --history talk.json 'Who makes the quietest one?'",
                    "With sources, as a part of a conversation"),
                .init(
                    "parallel chat 'The capital of France' --json-schema '{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}' | jq -r .city",
                    "As JSON"),
            ],
            check: { options, words throws(UsageError) in
                options.prompt = words.first.map { InputSource($0) }
                try options.preview.check(&options.output)
                if let format = (try? options.output.settledFormat()) ?? options.output.format, format.isDelimited {
                    throw UsageError("a model's answer can't be printed as \(format.rawValue)")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let prompt = PromptSource(given: options.prompt, context: context)
        try prompt.check()
        let client = try APICall.client(options.preview, options.connection, output, context)
        let state = XDGPaths(environment: context.environment).state
        let history = options.historyFile.map { ChatHistory(path: context.filePath($0), stateFolder: state) }
        var request = options.request
        request.messages = try history?.read() ?? context.transcript?.messages ?? []
        if let schema = options.schema {
            request.schema = try SourceText(context: context).json(of: schema, for: "--json-schema")
        }
        let question = ChatRequest.message("user", try await prompt.read())
        request.isStreamed = options.isStreamed && output.format != .json
        var sent = request
        sent.messages =
            (options.system.map { [ChatRequest.message("system", $0)] } ?? []) + request.messages + [question]
        let call = APICall(
            endpoint: .chat, body: sent.json,
            terms: "an answer of \(request.model) costs \(request.cost?.text ?? "what the API charges")",
            status: "asking \(request.model)")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        if let file = options.historyFile { try context.checkOutput(file) }
        let reply = try await reply(to: sent, client)
        let turn = [question, ChatRequest.message("assistant", reply.text)]
        context.transcript?.answered(
            reply.interactionID, [.markdown(reply.text)] + SourceList.blocks(of: reply.basis, below: reply.text))
        // Of an answer with an id, the API has what was said before.
        let said = reply.interactionID == nil ? request.messages + turn : []
        if let transcript = context.transcript, transcript.messages != nil {
            transcript.state.withLock { $0.messages = said }
        }
        try history?.append(turn)
        if context.transcript == nil, let id = reply.interactionID {
            output.note("continue with --previous-interaction-id \(output.said(id))")
        }
        try output.finish()
        return .success
    }

    /// Sends the question, shows the answer, and returns it.
    private func reply(to request: ChatRequest, _ client: ParallelClient) async throws -> ChatReply {
        let text = StreamedText(output)
        let parts = Lock<(text: String, last: JSONValue, isWhole: Bool)>(("", .null, false))
        let effect = Effect(
            work: "the model was answering",
            uncertain: ["the answer may cost all the same; it was not asked for again"],
            nothing: "nothing was sent")
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "asking \(request.model)")
        let body = request.json.bytes()
        do {
            return try await effect.performing(CreationRequest(body: body, of: nil), context, created: { _ in [] }) {
                try await progress.shown {
                    guard request.isStreamed else {
                        let answer = try await client.answer(to: .chat, body: request.json)
                        guard let reply = ChatReply(answer) else { throw Self.unexpected }
                        try show(reply)
                        return reply
                    }
                    let response = try await client.response(to: .chat, bytes: body, headers: HTTPHeaders())
                    for try await event in ServerSentEventStream(response.body) {
                        if event.data == "[DONE]" {
                            parts.withLock { $0.isWhole = true }
                            continue
                        }
                        guard let json = try? JSONValue.parse(event.bytes) else { throw Self.unexpected }
                        if let error = json["error"]?["message"]?.string {
                            throw ErrorReport(.runFailed, "the model has failed to answer: \(output.said(error))")
                        }
                        let piece = ChatReply(json)?.text ?? ""
                        parts.withLock { parts in
                            parts.text += piece
                            // Basis and id come with the last parts.
                            let isLast = ChatReply(json)?.isLast == true
                            if isLast || parts.last.isNull { parts.last = json }
                            if isLast { parts.isWhole = true }
                        }
                        if output.format == .jsonl { try output.write(document: json, isOnly: false) }
                        if isPlain { try text.write(piece) }
                    }
                    return try whole(parts.withLock(\.self), text)
                }
            }
        } catch {
            if isPlain { try? text.finish() }
            throw error
        }
    }

    private static let unexpected = UnexpectedAnswer(message: "the API's answer has no message", mayHaveCreated: true)

    /// Whether text is written as it comes.
    private var isPlain: Bool { output.format == .table || output.format == .text }

    /// Ends a streamed answer: writes what is left of it, and its sources. Throws if it is no answer.
    private func whole(
        _ parts: (text: String, last: JSONValue, isWhole: Bool), _ text: StreamedText
    ) throws -> ChatReply {
        let message: JSONValue = [["message": ["role": "assistant", "content": .string(parts.text)]]]
        var document = parts.last.object ?? [:]
        document["choices"] = message
        guard !parts.last.isNull, let reply = ChatReply(.object(document)) else {
            if context.interruption() != nil {
                throw ErrorReport(Interrupted.code(of: context), "interrupted; the answer may cost all the same")
            }
            throw Self.unexpected
        }
        guard parts.isWhole else {
            throw ErrorReport(.partial, "the answer broke off: its stream has ended without its end")
        }
        if isPlain {
            try text.finish()
            try output.writeSources(of: reply.basis, below: reply.text)
        } else if output.format != .jsonl {
            try show(reply)
        }
        return reply
    }

    /// Shows an answer that has come as a whole.
    private func show(_ reply: ChatReply) throws {
        switch output.format {
        case .json, .jsonl: return try output.write(document: reply.json)
        case .markdown, .html: try output.write(Document([.markdown(reply.text)]))
        case .table, .text, .csv, .tsv:
            if output.isLaidOut {
                try output.write(Document([.markdown(reply.text)]))
            } else {
                try StreamedText(output).finish(reply.text)
            }
        }
        try output.writeSources(of: reply.basis, below: reply.text)
    }
}

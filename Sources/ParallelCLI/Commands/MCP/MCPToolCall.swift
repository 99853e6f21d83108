import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// One call of a tool. If no answer comes, the error says what may have happened.
struct MCPToolCall: Sendable {
    let client: MCPClient
    let resolved: ResolvedServer
    let options: MCPCallCommand.Options
    let connection: MCPConnection
    var context: Context { connection.context }

    func result(_ arguments: JSONObject, _ tool: MCPTool?) async throws -> JSONValue {
        let log = mayCreate ? context.log : nil
        let key = try log?.begin(
            "run", processor: arguments["processor"]?.string, words: arguments["input"]?.string ?? options.tool,
            cost: nil)
        do {
            let result: JSONValue
            do {
                result = try await client.call(
                    options.tool, arguments, tool: tool, limit: options.limit, isRepeatable: isReading)
            } catch {
                switch outcome(of: error, arguments) {
                case .created(let id): log?.became(key, "created", id: id.text)
                case .notCreated: log?.refuse(key)
                case .uncertain: log?.became(key, ActivityLog.uncertain)
                }
                throw error
            }
            let id = TaskMCPStatus.id(in: result.bytes())?.text
            let kind = id.map { WorkID($0).isGroup ? "group" : "run" } ?? "call"
            log?.became(key, id == nil ? "done" : "created", id: id, ["kind": .string(kind)])
            return result
        } catch  where Task.isCancelled {
            guard (error as? HTTPError)?.mayHaveBeenSent != false else {
                throw Interrupted("interrupted; nothing was called", context)
            }
            let consequence = client.session?.era == .legacy ? "the server was told" : "the stream was closed"
            throw Interrupted("interrupted; \(consequence)", hints: hints(after: error, arguments), context)
        } catch {
            let hints = hints(after: error, arguments)
            throw hints.isEmpty ? error : ErrorReport.adding(hints, to: error, context)
        }
    }

    /// Says what the call has cost, if the server is Parallel's and the result says so: `[{name, count, cost_usd?}]`.
    func tellCost(of result: JSONValue) {
        let items = result["_meta"]?["parallel/usage"]?.array ?? []
        guard resolved.builtIn != nil, !items.isEmpty else { return }
        let parts = items.prefix(10).map { item in
            "\(item["count"]?.int ?? 1) × \((item["name"]?.string ?? "?").shortened(to: 60))"
        }
        let prices = items.compactMap { $0["cost_usd"]?.double }
        // Prices per call are fractions of a cent, so they are counted in millionths.
        let cost = prices.isEmpty ? nil : Int(exactly: (prices.reduce(0, +) * 1_000_000).rounded())
        let used = parts.joined(separator: ", ")
        let least = prices.count < items.count ? "at least " : ""
        connection.output.note(
            cost.map { "this call cost \(least)\(Self.usd(millionths: $0)) (\(used))" } ?? "used: \(used)")
    }

    private static func usd(millionths: Int) -> String {
        let digits = String(1_000_000 + millionths.magnitude % 1_000_000).dropFirst()
        let fraction = digits.prefix(2) + String(digits.dropFirst(2).reversed().drop { $0 == "0" }.reversed())
        return "$\(millionths < 0 ? "-" : "")\(millionths.magnitude / 1_000_000).\(fraction)"
    }

    /// Does `work` with the result of the tool. If the result can't be written, keeps it in a file; the error names the
    /// run or group that the tool created.
    func guarding(_ result: JSONValue, _ work: () throws -> Void) throws {
        do {
            try work()
        } catch {
            let isSaved = (error as? OutputFailure)?.isSaved == true
            let isClosed = error as? StreamError == .closedPipe
            if error is StreamError && !isClosed || error is OutputFailure && !isSaved || error is ReductionFailure {
                connection.output.keep(result.bytes(), "the whole answer", fileExtension: "json")
            }
            guard mayCreate, !isSaved, let id = TaskMCPStatus.id(in: result.bytes()) else { throw error }
            if isClosed { context.streams.note("\(id.name) was created") }
            throw ErrorReport.adding(resumeHints(for: id), to: error, context)
        }
    }

    /// Whether the call only reads, judged by the name of a tool of the task server.
    var isReading: Bool { isOfTaskServer && TaskMCPTool(rawValue: options.tool)?.isReading == true }

    /// Whether the call may cost money.
    private var mayCreate: Bool { isOfTaskServer && !isReading }

    /// Whether the server is the task server: with `--wait` the user says so, otherwise its URL tells.
    private var isOfTaskServer: Bool { options.waits || resolved.builtIn == .task }

    private func outcome(of error: any Error, _ arguments: JSONObject) -> CreationOutcome {
        CreationRequest(body: JSONValue.object(arguments).bytes(), to: .mcp).outcome(of: error)
    }

    private func hints(after error: any Error, _ arguments: JSONObject) -> [Hint] {
        guard mayCreate else { return [] }
        switch outcome(of: error, arguments) {
        case .created(let id):
            return ["\(id.name) exists all the same"] + resumeHints(for: id)
        case .uncertain: return Effect.creating("run").uncertain
        case .notCreated: return []
        }
    }
}

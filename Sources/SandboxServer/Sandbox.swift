import FlyingFox
import FlyingSocks
import ParallelSystem
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The options of a sandbox.
package struct SandboxOptions: Sendable {
    /// The port to listen on; 0 takes a free one.
    package var port: UInt16 = 0
    /// The time from a run's creation to its end, in seconds, if the run's metadata sets none.
    package var delay = 0.5
    /// The maximum number of runs that are created in any `rateWindow`; nil means no quota.
    package var rowsPerMinute: Int?
    /// The time over which the quota is counted, shorter than the API's minute in tests.
    package var rateWindow = Duration.seconds(60)
    /// The path of the control file, with faults for any request.
    package var controlFile: String?
    package var logFile: String?
    package var logsResponses = false
    /// The time after which an event stream ends; nil means the API's own limit.
    package var streamLimit: Duration?
    /// The interval at which a quiet event stream sends a comment.
    package var keepAlive = Duration.seconds(15)
    /// The time limit of each request to an MCP server.
    package var mcpTimeout = Duration.seconds(10)
    /// The time after which a webhook that failed is called again, for the first time.
    package var webhookPause = Duration.seconds(5)
    /// How long a token of the authorization server is valid.
    package var tokenLifetime = Duration.seconds(600)
    /// The account's credit, in thousandths of a dollar; nil if there is no limit.
    package var balance: Int?
    /// Whether every route answers with an example, whatever it is asked, as long as the body has the right types.
    package var givesExamples = false
    /// Gets a line about each request that was answered; nil if nobody wants to know.
    package var showRequest: (@Sendable (String) -> Void)?

    package init() {}
}

/// A stand-in for the Parallel API on 127.0.0.1 that runs until `stop()`.
package final class Sandbox: Sendable {
    /// The base URL, such as `http://127.0.0.1:8080`.
    package let baseURL: String
    private let store: RunStore
    private let findAll: FindAllStore
    private let monitors: MonitorStore
    private let serving: Task<Void, Never>
    private let running: Task<Void, Never>

    /// Starts the server and returns as soon as it accepts connections.
    ///
    /// - Throws: an error whose description says what failed, such as a port that is in use or a log that can't be
    ///   written.
    package static func start(_ options: SandboxOptions = SandboxOptions()) async throws -> Sandbox {
        let log = try options.logFile.map { try TrafficLog(path: $0, includesResponses: options.logsResponses) }
        let (jobs, queue) = AsyncStream<Job>.makeStream()
        let faults = ScriptedFaults(file: options.controlFile.map(ControlFile.init))
        let quota = options.rowsPerMinute.map { RunQuota(runs: $0, window: options.rateWindow) }
        let store = RunStore(
            defaultDelay: options.delay, balance: options.balance, log: log, faults: faults, quota: quota,
            callTools: { queue.yield(.callTools($0)) }, callWebhook: { queue.yield(.callWebhook($0)) })
        let findAll = FindAllStore(
            runs: store, defaultDelay: options.delay, hasQuota: quota != nil,
            callWebhook: { queue.yield(.tell(url: $0, id: $1, body: $2)) })
        let monitors = MonitorStore(delay: options.delay) { queue.yield(.tell(url: $0, id: $1, body: $2)) }
        let book = AccountBook(balance: options.balance.map { $0 / 10 } ?? 10_000)
        var routes = routes(options, store, findAll, monitors, book, OAuthGrants(lifetime: options.tokenLifetime))
        if options.givesExamples { routes = try await exampleRoutes() + routes }
        let router = Router(routes: routes, faults: faults, book: book)
        let recorder = ExchangeRecorder()
        let webhooks = WebhookRecorder()
        let handler = RequestHandler(router: router, log: log, recorder: recorder, show: options.showRequest)
        // FlyingFox's own time limit must exceed the longest wait that a request may ask for.
        let limit = Double(TaskRunRoutes.maximumTimeout + 60)
        // Bodies larger than the first limit are delivered in chunks of 4 kB, each through a task.
        let configuration = HTTPServer.Configuration(
            address: try .inet(ip4: "127.0.0.1", port: options.port), timeout: limit,
            sharedRequestBufferSize: 1 << 20, sharedRequestReplaySize: 2 << 20,
            pool: NoDelaySocketPool(base: HTTPServer.defaultPool()), logger: .disabled)
        let server = HTTPServer(config: configuration, handler: handler)
        // FlyingFox answers methods that it does not know by itself, without a body; of those, this one is in use.
        await server.appendRoute(HTTPRoute(methods: [HTTPMethod("QUERY")], path: "*"), to: handler)
        let serving = try await listen(server, port: options.port)
        guard case .ip4(_, let port)? = await server.listeningAddress else {
            serving.cancel()
            throw SandboxFailure(description: "cannot tell the port")
        }
        handler.show(
            SandboxPage(store: store, faults: faults, recorder: recorder, webhooks: webhooks, port: Int(port)))
        let caller = MCPCaller(timeout: options.mcpTimeout)
        let sender = WebhookSender(firstPause: options.webhookPause, log: log, recorder: webhooks)
        let running = Task {
            await withDiscardingTaskGroup { group in
                for await job in jobs {
                    group.addTask {
                        switch job {
                        case .callTools(let run): await caller.callTools(of: run, in: store)
                        case .callWebhook(let run): await sender.tell(of: run)
                        case .tell(let url, let id, let body): await sender.tell(url, of: id, body)
                        }
                    }
                }
            }
        }
        return Sandbox(
            baseURL: "http://127.0.0.1:\(port)", store: store, findAll: findAll, monitors: monitors,
            serving: serving, running: running)
    }

    /// Returns all routes of the strict mode.
    ///
    /// - Parameter logins: the tokens of the Account API.
    private static func routes(
        _ options: SandboxOptions, _ store: RunStore, _ findAll: FindAllStore, _ monitors: MonitorStore,
        _ book: AccountBook, _ logins: OAuthGrants
    ) -> [Route] {
        let runs = TaskRunRoutes(
            store: store, keepAlive: options.keepAlive, streamLimit: options.streamLimit ?? .seconds(570))
        let groups = TaskGroupRoutes(
            store: store, keepAlive: options.keepAlive, streamLimit: options.streamLimit ?? .seconds(3600))
        let servers = [
            SearchMCPServer.unified.route(at: "/mcp"), SearchMCPServer.search.route(at: "/mcp/search"),
            TaskMCPServer(store: store).server.route(at: "/mcp/task"),
        ]
        let tokens = OAuthGrants(lifetime: options.tokenLifetime)
        let protected = OAuthRoutes(grants: tokens).routes + [ProtectedMCPServer(grants: tokens).route]
        let account =
            PlatformRoutes(book: book, grants: logins).routes + AccountRoutes(book: book, grants: logins).routes
        let models = ModelRoutes(model: SandboxModel(timeout: options.mcpTimeout), runs: store)
        return runs.routes + groups.routes
            + MonitorRoutes(monitors: monitors, runs: store).routes
            + FindAllRoutes(store: findAll, runs: store, streamLimit: options.streamLimit).routes
            + SuggestRoutes.routes + SearchRoutes.routes + DecisionRoutes.routes + MemoryRoutes(store: store).routes
            + RegistryRoutes.routes + servers + protected + account + models.routes + ChatRoutes.routes
    }

    /// Returns the routes of the examples, which an account of their own has answered.
    private static func exampleRoutes() async throws -> [Route] {
        var options = SandboxOptions()
        options.delay = 0
        let store = RunStore(defaultDelay: 0)
        let findAll = FindAllStore(runs: store, defaultDelay: 0, hasQuota: false, callWebhook: { _, _, _ in })
        let monitors = MonitorStore(delay: 0) { _, _, _ in }
        let book = AccountBook()
        let logins = OAuthGrants(lifetime: .seconds(1_000_000_000))
        let strict = Router(
            routes: routes(options, store, findAll, monitors, book, logins), faults: nil, book: book)
        return try await ExampleRoutes(strict: strict, token: AccountRoutes.token(in: logins)).routes()
    }

    /// Ends every connection and run.
    package func stop() async {
        serving.cancel()
        running.cancel()
        await store.stop()
        await findAll.stop()
        await monitors.stop()
        await serving.value
        await running.value
    }

    /// Work for a run that needs other servers.
    private enum Job {
        case callTools(RunRecord)
        case callWebhook(RunRecord)
        case tell(url: String, id: String, body: [UInt8])
    }

    private init(
        baseURL: String, store: RunStore, findAll: FindAllStore, monitors: MonitorStore, serving: Task<Void, Never>,
        running: Task<Void, Never>
    ) {
        self.findAll = findAll
        self.monitors = monitors
        self.baseURL = baseURL
        self.store = store
        self.serving = serving
        self.running = running
    }

    private static func listen(_ server: HTTPServer, port: UInt16) async throws -> Task<Void, Never> {
        let (started, signal) = AsyncThrowingStream<Void, any Error>.makeStream()
        let serving = Task {
            do { try await server.run() } catch { signal.finish(throwing: error) }
        }
        let watching = Task {
            try await server.waitUntilListening(timeout: 600)
            signal.yield()
        }
        defer { watching.cancel() }
        do {
            for try await _ in started { break }
        } catch {
            var reason = "\(error)"
            if case SocketError.failed(_, _, let message) = error { reason = message }
            throw SandboxFailure(description: "cannot listen on 127.0.0.1:\(port): \(reason)")
        }
        return serving
    }
}

/// The error for a sandbox that could not start.
package struct SandboxFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Passes FlyingFox's requests to the page or the router, records, logs and shows them.
private final class RequestHandler: HTTPHandler {
    private let router: Router
    private let log: TrafficLog?
    private let show: (@Sendable (String) -> Void)?
    private let recorder: ExchangeRecorder
    /// The page, which needs the port and so comes after the handler.
    private let page = Lock<SandboxPage?>(nil)
    private let lastNumber = Atomic(0)

    init(
        router: Router, log: TrafficLog?, recorder: ExchangeRecorder, show: (@Sendable (String) -> Void)?
    ) {
        self.router = router
        self.log = log
        self.recorder = recorder
        self.show = show
    }

    func show(_ page: SandboxPage) { self.page.withLock { $0 = page } }

    func handleRequest(_ message: HTTPRequest) async throws -> HTTPResponse {
        let start = ContinuousClock.now
        let request = Request(
            method: message.method.rawValue, path: message.target.path(),
            query: Dictionary(message.query.map { ($0.name, $0.value) }) { $1 },
            queryItems: message.query.map { ($0.name, $0.value) },
            headers: Dictionary(message.headers.map { ($0.key.rawValue.lowercased(), $0.value) }) { $1 },
            body: Array(try await message.bodyData))
        if let reply = await page.withLock({ $0 })?.answer(request) { return HTTPResponse(reply) }
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let place = recorder.begin(request)
        log?.record(request, number: number)
        var reply: Reply
        do { reply = try await router.answer(request) } catch {
            recorder.close(place, .broken)
            throw error
        }
        if request.method == "HEAD" { reply.body = .bytes([]) }
        reply = recorder.end(place, reply)
        if let log { reply = log.record(reply, number: number) }
        show?(Self.line(about: request, reply, after: start.duration(to: .now)))
        return HTTPResponse(reply)
    }

    /// Returns method, path without query, status, and the time until the answer, or the stream, began.
    private static func line(about request: Request, _ reply: Reply, after time: Duration) -> String {
        let words = "\(request.method) \(request.path)".unicodeScalars.map {
            (0x20..<0x7F).contains($0.value) ? Character($0) : "?"
        }
        let status = reply.delivery == .dropped ? "dropped" : String(reply.status)
        return "\(String(words)) \(status) \(time.milliseconds) ms"
    }
}

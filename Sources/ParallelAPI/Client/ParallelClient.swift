package import ParallelHTTP
package import ParallelJSON
package import ParallelSettings
package import ParallelSystem

/// The Parallel API: one method for each call, typed answers, and errors in the API's own words.
///
/// Methods that send something throw `HTTPError` if no answer came, `APIError` if the answer is an error, and
/// `UnexpectedAnswer` if it is not what the API documents.
///
/// This folder turns endpoints into requests and answers into values. The transport retries, follows redirects and
/// traces; `LongRunningWait` waits for work at the API.
package struct ParallelClient: Sendable {
    private let transport: any HTTPTransport
    private let credentials: any CredentialSource
    private let settings: Settings
    private let limit: Duration
    private let secrets: KnownSecrets
    private let onGrace: (@Sendable ([UInt8]) -> Void)?
    /// Where requests are put down that cost something; nil for nowhere.
    let log: ActivityLog?
    /// What the requests cost at most, where they don't tell it themselves.
    private var knownCost: Cost?

    /// The usual time limit of a request, including retries.
    package static let usualLimit = Duration.seconds(120)

    /// - Parameters:
    ///   - credentials: the source of the header fields that authorise each request; nil means the key of `settings`,
    ///     if there is one.
    ///   - limit: the time limit of a request, including retries; large bodies and long-polls get additional time.
    ///   - secrets: the secrets that errors must not repeat; the key is added to them.
    ///   - onGrace: see `HTTPRequest.onGrace`.
    ///   - log: where requests are put down that cost something, before they are sent. With a budget, those that it
    ///     can't pay for throw `BudgetError` and are not sent.
    package init(
        transport: any HTTPTransport, credentials: (any CredentialSource)? = nil, settings: Settings,
        limit: Duration = usualLimit,
        secrets: KnownSecrets = KnownSecrets(), onGrace: (@Sendable ([UInt8]) -> Void)? = nil,
        log: ActivityLog? = nil
    ) {
        var key = HTTPHeaders()
        if let apiKey = settings.apiKey { key.set("x-api-key", apiKey.reveal(), secret: true) }
        self.credentials = credentials ?? HeaderCredentials(key)
        self.transport = AuthorizingTransport(transport, self.credentials)
        self.settings = settings
        self.limit = limit
        self.secrets = secrets
        self.onGrace = onGrace
        self.log = log
        if let key = settings.apiKey { secrets.hide(key.reveal()) }
    }

    /// Returns the client for a request that costs this much at most; nil: what the request itself tells.
    package func costing(_ cost: Cost?) -> ParallelClient {
        var client = self
        client.knownCost = cost
        return client
    }

    /// The answer to one long-poll for a result.
    package enum ResultPoll: Sendable {
        case finished(TaskRunResult)
        /// 200, but the run in the answer has ended without completing.
        case ended(TaskRun)
        /// 408: the run is still active.
        case stillActive
        /// 404: the run failed, was cancelled, or does not exist; only its status can tell.
        case withoutResult(APIError)
    }

    /// Creates a run, which costs money. The request is never sent twice (see `Endpoint.createRun`).
    ///
    /// - Parameter limit: a time limit below the usual one. If the answer may be under way, it is waited for a little
    ///   longer (`Timeouts.grace`), because it has the run's id.
    package func createRun(_ request: TaskRunRequest, within limit: Duration? = nil) async throws -> TaskRun {
        let answer = try await send(creation(request).within(limit))
        guard let run = (try? JSONValue.parse(answer)).flatMap(TaskRun.init) else {
            throw UnexpectedAnswer(
                message: "the API accepted the run but its answer has no run id: \(excerpt(answer))",
                mayHaveCreated: true, received: answer)
        }
        return run
    }

    /// Returns the request that `createRun` sends. Its body holds the secrets of MCP servers.
    package func createRunRequest(_ request: TaskRunRequest) async throws -> HTTPRequest {
        try await authorized(creation(request))
    }

    private func creation(_ request: TaskRunRequest) -> HTTPRequest {
        self.request(.createRun, body: request.json(.revealed), betas: request.betas)
    }

    /// Returns the run as it is now.
    package func run(_ id: String) async throws -> TaskRun {
        let json = try await value(request(.run(id)))
        guard let run = TaskRun(json) else { throw UnexpectedAnswer(message: "the API's answer is not a run") }
        if let error = UnexpectedAnswer(about: run.id, insteadOf: id, "run") { throw error }
        log?.learned(id, run.status.rawValue, isFree: run.status == .failed)
        return run
    }

    /// Asks for the result; the server holds the answer for up to `timeout` seconds.
    package func result(_ id: String, timeout: Int) async throws -> ResultPoll {
        var request = request(.result(id, timeout: timeout))
        // The server answers in time by itself, so the limit only ends a connection that was lost unnoticed.
        request.timeouts.idle = .seconds(timeout + 15)
        // A result may be large.
        request.timeouts.total = .seconds(timeout) + Self.largestResultLimit
        do {
            let json = try await value(request)
            if let named = json["run"]?["run_id"]?.string,
                let error = UnexpectedAnswer(about: named, insteadOf: id, "run")
            {
                throw error
            }
            // Only the output of a completed run is its result. A run without a status is taken for a completed one.
            if json["run"]?["status"]?.string != nil, let run = json["run"].flatMap(TaskRun.init),
                run.endedWithoutResult
            {
                log?.learned(id, run.status.rawValue, isFree: run.status == .failed)
                return .ended(run)
            }
            guard let result = TaskRunResult(json) else {
                throw UnexpectedAnswer(message: "the API's answer is not the result of a run")
            }
            log?.learned(id, RunStatus.completed.rawValue)
            return .finished(result)
        } catch let error as APIError where error.status == 408 {
            return .stillActive
        } catch let error as APIError where error.status == 404 {
            return .withoutResult(error)
        }
    }

    /// The time for a large result: enough for a GiB at 300 KB a second.
    private static let largestResultLimit = Duration.seconds(3600)

    /// Returns the request that created the run, with header values of MCP servers and their URLs' query values masked.
    package func input(_ id: String) async throws -> JSONValue {
        guard let object = try await value(request(.input(id))).object else {
            throw UnexpectedAnswer(message: "the API's answer is not the input of a run")
        }
        if let named = object["run_id"]?.string, let error = UnexpectedAnswer(about: named, insteadOf: id, "run") {
            throw error
        }
        return .object(TaskRunInput(object).masked)
    }

    /// Opens one connection to the run's event stream, which may end before the run does. Iterating throws `HTTPError`
    /// and `ServerSentEventError`.
    package func events(_ id: String) async throws -> ServerSentEventStream { try await stream(.events(id)) }

    /// Searches the web.
    package func search(_ search: SearchRequest) async throws -> SearchResponse {
        let request = fetching(search.fetchTimeout, request(.search, body: search.json))
        guard let response = SearchResponse(try await value(request)) else {
            throw UnexpectedAnswer(message: "the API's answer has no search results")
        }
        return response
    }

    /// Reads web pages. Pages that can't be read are among the response's failures.
    package func extract(_ extract: ExtractRequest) async throws -> ExtractResponse {
        var request = request(.extract, body: extract.json)
        // A live fetch typically takes up to a minute.
        request.timeouts.idle = .seconds(90)
        let fetched = fetching(extract.reading.fetchTimeout, request)
        guard let response = ExtractResponse(try await value(fetched)) else {
            throw UnexpectedAnswer(message: "the API's answer has no pages")
        }
        return response
    }

    /// Returns the request with as many more seconds as a live fetch may take.
    private func fetching(_ seconds: Int?, _ request: HTTPRequest) -> HTTPRequest {
        var request = request
        let more = Duration.seconds(seconds ?? 0)
        request.timeouts.idle = request.timeouts.idle.map { $0 + more }
        request.timeouts.total = request.timeouts.total.map { $0 + more }
        return request
    }

    // MARK: - Requests and answers

    /// Returns `request` with its credentials, for showing it.
    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        try await credentials.authorized(request)
    }

    /// - Parameter isList: whether the stream lists existing runs, so that no event means that there are none. An
    ///   answer that is not an event stream, such as a page of a proxy, is then refused.
    func stream(_ endpoint: Endpoint, isList: Bool = false) async throws -> ServerSentEventStream {
        var request = request(endpoint)
        request.headers.set("accept", "text/event-stream")
        request.streamsBody = true
        // Other streams are kept open by any byte, because the API closes each after some time; a list is complete and
        // must make progress.
        request.timeouts.progress = Self.usualLimit
        let response = try await accepted(request)
        if isList, let type = response.headers["content-type"], !type.asciiLowercased.begins(with: "text/event-stream")
        {
            let shown = secrets.shownWords(of: type.utf8, limit: 200)
            throw UnexpectedAnswer(message: "the API's answer is no event stream but \(shown)")
        }
        return ServerSentEventStream(
            response.body, limit: request.maximumBodyBytes, isNews: isList ? GroupEvent.tellsOfRun : nil)
    }

    func request(_ endpoint: Endpoint, body: JSONValue? = nil, betas: [String] = []) -> HTTPRequest {
        request(endpoint, bytes: body?.bytes(), betas: betas)
    }

    func request(_ endpoint: Endpoint, bytes body: [UInt8]?, betas: [String] = []) -> HTTPRequest {
        var headers = HTTPHeaders()
        headers.set("accept", "application/json")
        if body != nil { headers.set("content-type", "application/json") }
        let betas = betas + endpoint.betas
        if !betas.isEmpty { headers.set("parallel-beta", betas.joined(separator: ",")) }
        var request = HTTPRequest(
            endpoint.method, settings.baseURL.appending(path: endpoint.path, query: endpoint.query), headers: headers,
            body: body, resend: endpoint.resend,
            // A request that costs money is waited for after Ctrl-C for a moment, because its answer has the id.
            timeouts: Timeouts(
                idle: endpoint.idle ?? Self.usualLimit,
                total: max(limit, endpoint.idle ?? .zero) + Self.timeToMove(body?.count ?? 0),
                grace: endpoint.resend == .never ? .seconds(5) : nil))
        request.subject = endpoint.subject
        request.basePath = settings.baseURL.path
        request.onGrace = onGrace
        if endpoint.resend == .never {
            request = request.creating(CreationRequest(body: body ?? [], of: endpoint.creates))
        }
        request.maximumBodyBytes = endpoint.maximumBodyBytes
        let (priced, known) = (request, knownCost)
        request.estimatedCost = { PaidCall(priced, known: known).map { $0.cost?.micro } ?? 0 }
        return request
    }

    /// Returns the time that a slow connection, at 16 KiB a second, needs for this many bytes.
    private static func timeToMove(_ bytes: Int) -> Duration { .seconds(bytes >> 14) }

    /// Sends the request. Throws `APIError` unless the status is 2xx.
    func accepted(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else {
            let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
            // An answer that has arrived counts even if the task was cancelled meanwhile; a stream would only begin.
            if request.streamsBody { try Task.checkCancellation() }
            var error = APIError(
                status: response.status, about: request.subject, body: body,
                contentType: response.headers["content-type"],
                retryAfter: response.headers["retry-after"]
                    ?? response.headers["retry-after-ms"].map { "\($0) ms" },
                hiding: secrets)
            error.headers = response.headers
            throw error
        }
        return response
    }

    func send(_ request: HTTPRequest) async throws -> [UInt8] {
        let call = try logged(request)
        do {
            let answer = try await accepted(request).body.collect(upTo: request.maximumBodyBytes)
            call?.end(answer)
            return answer
        } catch {
            call?.fail(error)
            throw error
        }
    }

    /// Puts a request down that costs something. Throws `BudgetError`.
    func logged(_ request: HTTPRequest) throws(BudgetError) -> LoggedCall? {
        try LoggedCall(request, log, known: knownCost)
    }

    /// Sends the request and returns the answer as JSON. Throws `UnexpectedAnswer` if it is not JSON.
    func value(_ request: HTTPRequest) async throws -> JSONValue {
        try json(try await send(request), of: request)
    }

    /// Returns the answer to a request as JSON. Throws `UnexpectedAnswer` if it is not JSON.
    func json(_ answer: [UInt8], of request: HTTPRequest) throws -> JSONValue {
        do {
            return try JSONValue.parse(answer)
        } catch {
            throw UnexpectedAnswer(
                message: "the API's answer is not JSON (\(error)): \(excerpt(answer))",
                mayHaveCreated: request.resend == .never, received: answer)
        }
    }

    private func excerpt(_ bytes: [UInt8]) -> String {
        bytes.isEmpty ? "it is empty" : secrets.shownWords(of: bytes, limit: 120)
    }
}

extension HTTPRequest {
    /// Returns the request with the time limit `limit`, unless it has a shorter one.
    func within(_ limit: Duration?) -> HTTPRequest {
        var request = self
        request.timeouts.total = [timeouts.total, limit].compactMap(\.self).min()
        return request
    }
}

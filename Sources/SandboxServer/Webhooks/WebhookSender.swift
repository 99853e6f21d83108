import ParallelJSON
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells webhooks on this machine that a run has ended. A request that gets no 2xx is repeated with growing waits, as
/// the API does for 48 hours, but only a few times.
final class WebhookSender: Sendable {
    private static let maximumAttempts = 5
    /// The time limit of each request.
    private static let timeLimit = Duration.seconds(15)

    /// The time from the first attempt to the second; it doubles from then on.
    private let firstPause: Duration
    private let log: TrafficLog?
    private let recorder: WebhookRecorder?
    private let hasWarned = Atomic(false)

    init(firstPause: Duration, log: TrafficLog?, recorder: WebhookRecorder? = nil) {
        self.firstPause = firstPause
        self.log = log
        self.recorder = recorder
    }

    /// Calls the webhook of `run`.
    func tell(of run: RunRecord) async {
        if let url = run.request.webhookURL { await tell(url, of: run.id, Self.body(of: run)) }
    }

    /// Calls the webhook of the run `runID` until it answers with 2xx or the attempts are used up.
    func tell(_ url: String, of runID: String, _ body: [UInt8]) async {
        let id = Identifier.make("whevent_")
        let isCalled = Self.isOnThisMachine(url)
        recorder?.begin(id, of: runID, url, isCalled: isCalled)
        guard isCalled else {
            if !hasWarned.exchange(true, ordering: .relaxed) {
                StandardError.write(
                    "parallel-sandbox: a webhook was not called: only http URLs of 127.0.0.1, [::1] and localhost are")
            }
            return
        }
        var pause = firstPause
        for attempt in 1...Self.maximumAttempts {
            let start = ContinuousClock.now
            let status = await Self.status(ofSending: body, id: id, to: url)
            log?.record(webhookOf: runID, attempt: attempt, status: status)
            let isTaken = status.map { (200...299).contains($0) } ?? false
            let isLast = isTaken || attempt == Self.maximumAttempts
            recorder?.attempted(
                id, status: status, after: start.duration(to: .now), next: isLast ? nil : pause)
            if isTaken { return }
            guard attempt < Self.maximumAttempts, (try? await Task.sleep(for: pause)) != nil else { return }
            pause *= 2
        }
    }

    /// Whether requests to `url` stay on this machine. Names other than `localhost` are not looked up.
    static func isOnThisMachine(_ url: String) -> Bool {
        guard let address = try? HTTPAddress(url) else { return false }
        var ip = in_addr()
        if inet_pton(AF_INET, address.host, &ip) == 1 { return UInt32(bigEndian: ip.s_addr) >> 24 == 127 }
        return address.host == "::1" || address.host.lowercased() == "localhost"
    }

    static func body(of run: RunRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(json: "{\"timestamp\":")
        JSONValue.string(WallClock.timestamp()).append(to: &bytes)
        bytes.append(json: ",\"type\":\"task_run.status\",\"data\":")
        run.appendJSON(to: &bytes)
        bytes.append(json: "}")
        return bytes
    }

    /// Sends one request and returns the status of its answer; nil without an answer.
    private static func status(ofSending body: [UInt8], id: String, to url: String) async -> Int? {
        let now = time(nil)
        let signature = WebhookSignature.value(
            secret: WebhookSignature.sandboxSecret, id: id, time: now, body: body)
        let headers = [
            ("content-type", "application/json"), ("user-agent", "parallel-sandbox/\(SandboxVersion.number)"),
            ("webhook-id", id), ("webhook-timestamp", String(now)), ("webhook-signature", signature),
        ]
        return try? await withTimeout(timeLimit) {
            let exchange = try await HTTPExchange.open("POST", url, headers: headers, body: body)
            exchange.close()
            return exchange.status
        }
    }
}

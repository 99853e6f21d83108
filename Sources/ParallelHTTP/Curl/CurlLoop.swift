import CCurl

/// The thread that owns the multi handle: it makes every call into libcurl except the wakeup.
///
/// `curl_multi_perform` visits all transfers, which works well for up to a few hundred at once; for many more,
/// `curl_multi_socket_action` would be better.
final class CurlLoop {
    private let multi: UnsafeMutableRawPointer
    private let queue: CommandQueue
    private let options: TransportOptions
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    private lazy var systemCertificates = SystemCertificates.find()
    /// The time of the next check for transfers past a limit; nil if no transfer has one.
    private var nextCheck: ContinuousClock.Instant?

    /// Runs the loop; returns when the queue is stopped or libcurl can't be used.
    static func run(_ queue: CommandQueue, _ options: TransportOptions) {
        if let reason = ccurl_load() {
            if let shortage = Shortage.found() { return queue.close(because: outOfResources(shortage)) }
            let message = "cannot load libcurl, which does the networking: \(String(cString: reason))"
            return queue.close(because: HTTPError(.cannotLoadLibrary, message, mayHaveBeenSent: false))
        }
        // A loop that can't be woken would not notice new commands.
        guard let multi = ccurl_multi_init(), ccurl_multi_wakeup(multi) == CURLM_OK else {
            return queue.close(because: outOfResources(Shortage.found() ?? "out of memory"))
        }
        // If more connections were in use than libcurl keeps, it would close and reopen one for each request.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1024)
        queue.open(multi)
        CurlLoop(multi, queue, options).run()
    }

    private static func outOfResources(_ shortage: String) -> HTTPError {
        HTTPError(.outOfResources, "libcurl cannot start: \(shortage)", mayHaveBeenSent: false)
    }

    private init(_ multi: UnsafeMutableRawPointer, _ queue: CommandQueue, _ options: TransportOptions) {
        self.multi = multi
        self.queue = queue
        self.options = options
    }

    private func run() {
        while let commands = queue.take() {
            commands.forEach(execute)
            let code = ccurl_multi_perform(multi)
            reapFinished()
            if code != CURLM_OK { failAll(with: code) }
            failOverdue()
            ccurl_multi_poll(multi, millisecondsToCheck())
        }
        transfers.values.forEach { end($0, .failure($0.cancellation)) }
        ccurl_multi_cleanup(multi)
    }

    private func execute(_ command: CommandQueue.Command) {
        switch command {
        case .start(let request, let pending): start(request, pending)
        case .cancel(let pending):
            guard let transfer = transfer(of: pending) else { return }
            if let grace = transfer.request.timeouts.grace, transfer.mayHaveBeenSent {
                let deadline = ContinuousClock.now + grace
                transfer.cancellationDeadline = deadline
                scheduleCheck(at: deadline)
                transfer.request.onGrace?(transfer.received)
            } else {
                end(transfer, .failure(transfer.cancellation))
            }
        case .resume(let pending):
            guard let transfer = transfer(of: pending) else { return }
            transfer.noteActivity()
            ccurl_easy_resume(transfer.easy.raw)
        }
    }

    private func transfer(of pending: PendingResponse) -> Transfer? {
        handles[ObjectIdentifier(pending)].flatMap { transfers[$0] }
    }

    private func start(_ request: HTTPRequest, _ pending: PendingResponse) {
        // A task that was already cancelled posts its cancellation before its request.
        if pending.isCancelled { return pending.finish(.failure(.cancelled(mayHaveBeenSent: false))) }
        let looksUpTrust = request.url.scheme == "https" && options.tls.isEmpty
        let proxy: Proxy?
        do {
            proxy = try options.proxies.proxy(for: request.url)
        } catch {
            return pending.finish(.failure(error))
        }
        let trust = looksUpTrust ? systemCertificates : .libraryDefault
        guard let transfer = Transfer(request, pending, options, trust, proxy),
            ccurl_multi_add_handle(multi, transfer.easy.raw) == CURLM_OK
        else {
            let error = HTTPError(.invalidRequest, "libcurl refuses the request", mayHaveBeenSent: false)
            return pending.finish(.failure(error))
        }
        transfers[transfer.easy.raw] = transfer
        handles[ObjectIdentifier(pending)] = transfer.easy.raw
        let now = ContinuousClock.now
        if let limit = transfer.nextLimit(now) { scheduleCheck(of: transfer, by: limit.time, now) }
    }

    private func reapFinished() {
        var handle: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while ccurl_multi_next_done(multi, &handle, &code) {
            guard let transfer = handle.flatMap({ transfers[$0] }) else { continue }
            end(transfer, transfer.outcome(code))
        }
    }

    private func end(_ transfer: Transfer, _ outcome: Result<Void, HTTPError>) {
        transfers[transfer.easy.raw] = nil
        handles[ObjectIdentifier(transfer.pending)] = nil
        // The transfer owns memory that libcurl refers to until the handle is removed.
        defer { withExtendedLifetime(transfer) {} }
        if case .failure(var error) = outcome {
            error.status = transfer.status
            error.received = transfer.received
            // Report first: before libcurl 7.87, removing the handle may wait for a name lookup.
            transfer.pending.finish(.failure(error))
            ccurl_multi_remove_handle(multi, transfer.easy.raw)
        } else {
            // Remove the handle first, so that the next request finds the connection free.
            ccurl_multi_remove_handle(multi, transfer.easy.raw)
            transfer.deliverCollected()
            transfer.pending.finish(outcome)
        }
    }

    private func failAll(with code: CURLMcode) {
        for transfer in transfers.values {
            let message = "libcurl failed with multi code \(code.rawValue)"
            let error = HTTPError(.connectionLost, message, mayHaveBeenSent: transfer.mayHaveBeenSent)
            end(transfer, .failure(error))
        }
    }

    private func failOverdue() {
        let now = ContinuousClock.now
        guard let check = nextCheck, check <= now else { return }
        nextCheck = nil
        for transfer in transfers.values {
            guard let limit = transfer.nextLimit(now) else { continue }
            if limit.time <= now {
                end(transfer, .failure(limit.error))
            } else {
                scheduleCheck(of: transfer, by: limit.time, now)
            }
        }
    }

    /// Schedules a check; an upload is checked every second, because its progress causes no callback.
    private func scheduleCheck(
        of transfer: Transfer, by deadline: ContinuousClock.Instant, _ now: ContinuousClock.Instant
    ) {
        scheduleCheck(at: transfer.isUploading ? min(deadline, now + .seconds(1)) : deadline)
    }

    private func scheduleCheck(at time: ContinuousClock.Instant) {
        nextCheck = nextCheck.map { min($0, time) } ?? time
    }

    private func millisecondsToCheck() -> Int32 {
        let longest = Duration.seconds(600)
        let wait = nextCheck.map { min(ContinuousClock.now.duration(to: $0), longest) } ?? longest
        return Int32(wait.wholeMilliseconds)
    }
}

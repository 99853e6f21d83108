import CCurl

/// One request inside libcurl: its handle, what has arrived so far, and the callbacks. Belongs to the loop thread.
final class Transfer {
    let request: HTTPRequest
    let pending: PendingResponse
    let easy: EasyHandle
    private let proxy: Proxy?
    private let lacksAuthorities: Bool

    private var header = ResponseHeaderParser()
    private var body: [UInt8] = []
    /// Why a callback told libcurl to stop.
    private var failure: HTTPError?
    /// Whether a callback told libcurl to stop because what is here of an error is enough.
    private var isCutOff = false
    private var timesIssued = 0
    private let reportsIssue: Bool
    private let start = ContinuousClock.now
    private var activity = ContinuousClock.now
    private var uploadedAtLastCheck = 0
    /// Set once its task is cancelled but its answer is still awaited.
    var cancellationDeadline: ContinuousClock.Instant?

    init?(
        _ request: HTTPRequest, _ pending: PendingResponse, _ options: TransportOptions,
        _ systemCertificates: SystemCertificates.Place, _ proxy: Proxy?
    ) {
        guard let easy = EasyHandle(headerLines: request.headerLines) else { return nil }
        self.request = request
        self.pending = pending
        self.proxy = proxy
        lacksAuthorities = systemCertificates == .nowhere
        easy.configure(for: request, options, systemCertificates, proxy)
        reportsIssue = ccurl_set_prereq_callback(easy.raw, issueCallback) == CURLE_OK
        if request.resend == .never, !request.mayReuseConnection || !reportsIssue {
            // libcurl sends a request again by itself when a connection that was used before dies without an answer.
            // So, unless the request may fail of that: a connection of its own, on which `issue` sees and stops a
            // second attempt. Where libcurl is too old for that callback (7.80), HTTP/1.1 keeps others off the
            // connection, which then never counts as reused.
            easy.set(CURLOPT_FRESH_CONNECT, true)
            if !reportsIssue { easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) }
        }
        self.easy = easy
        // The loop keeps this object in its table for as long as libcurl may call back.
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(self.easy.raw, CURLOPT_PREREQDATA, context)
        ccurl_set_pointer(self.easy.raw, CURLOPT_WRITEDATA, context)
        ccurl_set_pointer(self.easy.raw, CURLOPT_HEADERDATA, context)
        ccurl_set_data_callback(self.easy.raw, CURLOPT_WRITEFUNCTION, bodyCallback)
        ccurl_set_data_callback(self.easy.raw, CURLOPT_HEADERFUNCTION, headerCallback)
    }

    // MARK: Limits

    func touch() { activity = .now }

    /// The first limit that ends this transfer unless something happens before, and what it then ends with.
    func nextLimit(_ now: ContinuousClock.Instant) -> (time: ContinuousClock.Instant, error: HTTPError)? {
        var limits: [(time: ContinuousClock.Instant, error: HTTPError)] = []
        let timeouts = request.timeouts
        let origin = request.url.origin + (proxy.map { " through the proxy \($0.place)" } ?? "")
        if let cancellationDeadline { limits.append((cancellationDeadline, cancellation)) }
        if let idle = timeouts.idle {
            limits.append((lastActivity(now) + idle, timeout("\(origin) sent nothing for \(idle.inSeconds)")))
        }
        let isHeadDelivered = request.streamsBody && header.isComplete
        if let total = timeouts.total, !isHeadDelivered {
            let grace = mayHaveBeenSent ? timeouts.grace ?? .zero : .zero
            let words =
                mayHaveBeenSent
                ? "\(origin) did not answer in full in the time it had"
                : "no connection to \(origin) in the time it had"
            limits.append((start + total + grace, timeout(words)))
        }
        if let progress = timeouts.progress {
            let last = pending.isReaderBehind ? now : max(pending.lastProgress, start)
            limits.append((last + progress, timeout("\(origin) sent nothing of use for \(progress.inSeconds)")))
        }
        return limits.min { $0.time < $1.time }
    }

    private func timeout(_ message: String) -> HTTPError {
        HTTPError(.timeout, message, mayHaveBeenSent: mayHaveBeenSent)
    }

    /// When a byte last moved. Until the request is issued, the connect timeout watches instead.
    private func lastActivity(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let uploaded = easy.getOffset(CURLINFO_SIZE_UPLOAD_T)
        if uploaded != uploadedAtLastCheck || pending.isPaused || (reportsIssue && timesIssued == 0) { activity = now }
        uploadedAtLastCheck = uploaded
        return activity
    }

    /// Whether the end of the body was not yet on its way when it was looked at last.
    var isUploading: Bool { uploadedAtLastCheck < request.body?.count ?? 0 }

    // MARK: Outcome

    /// The beginning of the collected body.
    var received: [UInt8] { Array(body.prefix(HTTPError.maximumReceived)) }

    /// The status of the answer, once its header section is here.
    var status: Int? { header.isComplete ? header.status : nil }

    private var isRefused: Bool { !(200..<300).contains(header.status) }

    var mayHaveBeenSent: Bool {
        (timesIssued > 0 || !reportsIssue) && easy.get(CURLINFO_REQUEST_SIZE) > 0
    }

    var cancellation: HTTPError { .cancelled(mayHaveBeenSent: mayHaveBeenSent) }

    func outcome(_ code: CURLcode) -> Result<Void, HTTPError> {
        if let failure { return .failure(failure) }
        if isCutOff { return .success(()) }
        // libcurl is content with an answer whose header section breaks off, which may lack its content-length.
        if code == CURLE_OK, header.isComplete { return .success(()) }
        let facts = CurlFailure(
            code: code == CURLE_OK ? CURLE_PARTIAL_FILE : code,
            // libcurl quotes a proxy it cannot use in full, password included.
            detail: proxy?.text.utf8.contains(UInt8(ascii: "@")) == true ? "" : easy.errorText,
            wasSent: mayHaveBeenSent,
            systemError: easy.get(CURLINFO_OS_ERRNO),
            certificateError: easy.get(CURLINFO_SSL_VERIFYRESULT),
            proxy: proxy,
            proxyStatus: easy.get(CURLINFO_HTTP_CONNECTCODE),
            lacksAuthorities: lacksAuthorities,
            shortage: CurlFailure.mayBeShortage(code) ? Shortage.found() : nil)
        return .failure(facts.httpError(for: request.url))
    }

    /// Hands over the answer with its whole body.
    func deliverCollected() {
        if !request.streamsBody { deliverHead() }
    }

    private func deliverHead() {
        var timings = HTTPResponse.Timings()
        timings.connected = easy.getTime(CURLINFO_CONNECT_TIME_T)
        timings.secured = easy.getTime(CURLINFO_APPCONNECT_TIME_T)
        timings.firstByte = easy.getTime(CURLINFO_STARTTRANSFER_TIME_T)
        timings.reusedConnection = easy.get(CURLINFO_NUM_CONNECTS) == 0
        pending.deliver(.init(status: header.status, headers: header.headers, timings: timings, body: body))
        body = []
    }

    // MARK: Callbacks

    fileprivate func issue() -> Int32 {
        touch()
        timesIssued += 1
        let isRepeated = timesIssued > 1 && request.resend == .never
        return isRepeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
    }

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        touch()
        switch header.parse(line) {
        case .continues: break
        case .complete: if request.streamsBody { deliverHead() }
        case .tooLarge:
            let limit = ResponseHeaderParser.maximumBytes
            failure = HTTPError(
                .tooLarge, "\(request.url.origin) sent more than \(limit) bytes of header fields",
                mayHaveBeenSent: true)
            return 0
        }
        return line.count
    }

    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        touch()
        if request.streamsBody {
            return pending.deliver(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        }
        let limit = isRefused ? HTTPRequest.maximumErrorBytes : request.maximumBodyBytes
        if bytes.count > limit - body.count {
            body += bytes.prefix(limit - body.count)
            if isRefused { isCutOff = true } else { failure = .tooLarge(limit: limit) }
            return 0
        }
        body += bytes
        if body.count > Self.leastTrap,
            body.count / Self.maximumRatio > easy.getOffset(CURLINFO_SIZE_DOWNLOAD_T)
        {
            failure = HTTPError(
                .tooLarge, "the answer is packed so that it grows more than \(Self.maximumRatio) times",
                mayHaveBeenSent: true)
            return 0
        }
        return bytes.count
    }

    /// What a large body may grow to when it is unpacked: text gets some ten times as large, a trap hundreds of times.
    private static let maximumRatio = 100
    /// What a smaller body grows to does not matter, in bytes.
    private static let leastTrap = 8 << 20
}

private let issueCallback: ccurl_prereq_callback = { context, _, _, _, _ in
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().issue()
}

private let headerCallback: ccurl_data_callback = { data, size, count, context in
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
}

private let bodyCallback: ccurl_data_callback = { data, size, count, context in
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
}

extension HTTPError {
    static func cancelled(mayHaveBeenSent: Bool) -> HTTPError {
        HTTPError(.cancelled, "cancelled", mayHaveBeenSent: mayHaveBeenSent)
    }
}

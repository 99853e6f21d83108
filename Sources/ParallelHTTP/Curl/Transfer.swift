import CCurl

/// A request inside libcurl: its handle, the response so far, and the callbacks. Used only on the loop thread.
final class Transfer {
    let request: HTTPRequest
    let pending: PendingResponse
    let easy: EasyHandle
    private let proxy: Proxy?
    private let lacksAuthorities: Bool

    private var header = ResponseHeaderParser()
    private var body: [UInt8] = []
    /// The reason for which a callback stopped the transfer.
    private var failure: HTTPError?
    /// Whether a callback stopped the transfer because enough of an error response has been read.
    private var isCutOff = false
    private var timesIssued = 0
    private let reportsIssue: Bool
    private let start = ContinuousClock.now
    private var activity = ContinuousClock.now
    private var uploadedAtLastCheck = 0
    /// Set when the task is cancelled but the answer is still awaited (`Timeouts.grace`).
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
            // libcurl by itself resends a request when a reused connection dies without an answer. So the request gets
            // a connection of its own, unless it may fail in that case; there `issue` notices and stops a second
            // attempt. libcurl before 7.80 lacks that callback; then HTTP/1.1 keeps other requests off the connection,
            // so that it never counts as reused.
            easy.set(CURLOPT_FRESH_CONNECT, true)
            if !reportsIssue { easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) }
        }
        self.easy = easy
        // Unretained, because the loop keeps this object in its table as long as libcurl may call back.
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(self.easy.raw, CURLOPT_PREREQDATA, context)
        ccurl_set_pointer(self.easy.raw, CURLOPT_WRITEDATA, context)
        ccurl_set_pointer(self.easy.raw, CURLOPT_HEADERDATA, context)
        ccurl_set_data_callback(self.easy.raw, CURLOPT_WRITEFUNCTION, bodyCallback)
        ccurl_set_data_callback(self.easy.raw, CURLOPT_HEADERFUNCTION, headerCallback)
    }

    // MARK: Limits

    func noteActivity() { activity = .now }

    /// Returns the earliest time limit of this transfer, and the error with which it then ends.
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

    /// Returns when a byte was last sent or received. Until the request is issued, only the connect timeout applies.
    private func lastActivity(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let uploaded = easy.getOffset(CURLINFO_SIZE_UPLOAD_T)
        if uploaded != uploadedAtLastCheck || pending.isPaused || (reportsIssue && timesIssued == 0) { activity = now }
        uploadedAtLastCheck = uploaded
        return activity
    }

    /// Whether part of the request's body was still unsent at the last check.
    var isUploading: Bool { uploadedAtLastCheck < request.body?.count ?? 0 }

    // MARK: Outcome

    /// The beginning of the collected body.
    var received: [UInt8] { Array(body.prefix(HTTPError.maximumReceived)) }

    /// The response's status; nil until its header section is complete.
    var status: Int? { header.isComplete ? header.status : nil }

    private var isRefused: Bool { !(200..<300).contains(header.status) }

    var mayHaveBeenSent: Bool {
        (timesIssued > 0 || !reportsIssue) && easy.get(CURLINFO_REQUEST_SIZE) > 0
    }

    var cancellation: HTTPError { .cancelled(mayHaveBeenSent: mayHaveBeenSent) }

    func outcome(_ code: CURLcode) -> Result<Void, HTTPError> {
        if let failure { return .failure(failure) }
        if isCutOff { return .success(()) }
        // libcurl accepts a response whose header section breaks off, which may then lack its content-length.
        if code == CURLE_OK, header.isComplete { return .success(()) }
        let facts = CurlFailure(
            code: code == CURLE_OK ? CURLE_PARTIAL_FILE : code,
            // libcurl's message quotes an unusable proxy in full, including its password.
            detail: proxy?.text.utf8.contains(UInt8(ascii: "@")) == true ? "" : easy.errorText,
            wasSent: mayHaveBeenSent,
            systemError: easy.get(CURLINFO_OS_ERRNO),
            certificateError: easy.get(CURLINFO_SSL_VERIFYRESULT),
            proxy: proxy,
            proxyStatus: easy.get(CURLINFO_HTTP_CONNECTCODE),
            lacksAuthorities: lacksAuthorities,
            shortage: CurlFailure.mayMeanShortage(code) ? Shortage.found() : nil)
        return .failure(facts.httpError(for: request.url))
    }

    /// Delivers the response with its whole body, unless the body is streamed.
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
        noteActivity()
        timesIssued += 1
        let isRepeated = timesIssued > 1 && request.resend == .never
        return isRepeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
    }

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        noteActivity()
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
        noteActivity()
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
        if body.count > Self.maximumUncheckedSize,
            body.count / Self.maximumRatio > easy.getOffset(CURLINFO_SIZE_DOWNLOAD_T)
        {
            failure = HTTPError(
                .tooLarge, "the answer is packed so that it grows more than \(Self.maximumRatio) times",
                mayHaveBeenSent: true)
            return 0
        }
        return bytes.count
    }

    /// The maximum ratio of unpacked to received size for a large body: text grows about tenfold, a decompression bomb
    /// hundreds of times.
    private static let maximumRatio = 100
    /// The unpacked size, in bytes, up to which the ratio doesn't matter.
    private static let maximumUncheckedSize = 8 << 20
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

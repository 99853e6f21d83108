import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension EasyHandle {
    /// Sets everything about `request` that needs no callback. Each option:
    /// https://curl.se/libcurl/c/easy_setopt_options.html
    func configure(
        for request: HTTPRequest, _ options: TransportOptions, _ systemCertificates: SystemCertificates.Place,
        _ proxy: Proxy?
    ) {
        set(CURLOPT_URL, request.url.description)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_PATH_AS_IS, true)
        set(CURLOPT_FOLLOWLOCATION, false)
        set(CURLOPT_NOSIGNAL, true)
        // Cancelling must not wait for a name lookup.
        set(CURLOPT_QUICK_EXIT, true)
        set(CURLOPT_USERAGENT, options.userAgent)
        // Every encoding this libcurl can undo.
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Without it, a burst of requests opens a connection for each before the first has turned out to be HTTP/2. In
        // clear text it never does, and all would wait for the first answer, which a long-poll may take long to give.
        set(CURLOPT_PIPEWAIT, request.url.scheme == "https")
        set(CURLOPT_TCP_KEEPALIVE, true)
        ccurl_set_socket_callback(raw, closeInChildren)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        configureMethod(request)
        // An empty string, unlike none, keeps libcurl from reading the process's environment.
        set(CURLOPT_PROXY, proxy?.text ?? "")
        set(CURLOPT_NOPROXY, "")
        configureTrust(options.tls, systemCertificates)
        // Zero would mean libcurl's own default.
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.timeouts.connect.wholeMilliseconds))
    }

    private func configureMethod(_ request: HTTPRequest) {
        if let body = request.body ?? (request.method.expectsBody ? [] : nil) {
            set(CURLOPT_POST, true)
            setBody(body)
        }
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }

    private func configureTrust(_ tls: TLSOptions, _ systemCertificates: SystemCertificates.Place) {
        var (file, directory) = (tls.caFile, tls.caDirectory)
        if tls.isEmpty {
            switch systemCertificates {
            case .directory(let path): directory = path
            case .file(let path): file = path
            case .libraryDefault, .nowhere: return
            }
        }
        // Without a file, libcurl must not fall back on the bundle it was built with.
        set(CURLOPT_CAINFO, file)
        set(CURLOPT_CAPATH, directory)
        set(CURLOPT_PROXY_CAINFO, file)
        set(CURLOPT_PROXY_CAPATH, directory)
    }
}

/// libcurl's sockets would otherwise be inherited by child processes, which could read from and write to them.
private let closeInChildren: ccurl_socket_callback = { _, socket, _ in
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    return Int32(CURL_SOCKOPT_OK)
}

extension HTTPRequest {
    /// The header fields in libcurl's notation. https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
    var headerLines: [String] {
        // Waiting for "100 Continue" costs a second with servers that do not send it.
        var lines = ["Expect:"]
        // libcurl would claim that a body is a form.
        if headers["content-type"] == nil { lines.append("Content-Type:") }
        for field in headers {
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        return lines
    }
}

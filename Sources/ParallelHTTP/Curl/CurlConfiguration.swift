import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension EasyHandle {
    /// Sets all options of `request` that need no callback. Each option:
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
        // Asks for every encoding that this libcurl can decode.
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Without it, a burst of requests opens a connection for each before the first turns out to be HTTP/2. Over
        // http it never does, and all would wait for the first answer, which takes long for a long poll.
        set(CURLOPT_PIPEWAIT, request.url.scheme == "https")
        set(CURLOPT_TCP_KEEPALIVE, true)
        ccurl_set_socket_callback(raw, closeInChildren)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        configureMethod(request)
        // An empty string, unlike nil, keeps libcurl from reading the process's environment.
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
        // If there is no file, nil keeps libcurl from falling back to the bundle it was built with.
        set(CURLOPT_CAINFO, file)
        set(CURLOPT_CAPATH, directory)
        set(CURLOPT_PROXY_CAINFO, file)
        set(CURLOPT_PROXY_CAPATH, directory)
    }
}

/// Marks libcurl's sockets close-on-exec; else child processes would inherit them and could read from and write to
/// them.
private let closeInChildren: ccurl_socket_callback = { _, socket, _ in
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    return Int32(CURL_SOCKOPT_OK)
}

extension HTTPRequest {
    /// The header fields in libcurl's notation. https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
    var headerLines: [String] {
        // With servers that don't send "100 Continue", waiting for it would cost a second.
        var lines = ["Expect:"]
        // Otherwise libcurl would declare the body to be a form.
        if headers["content-type"] == nil { lines.append("Content-Type:") }
        for field in headers {
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        return lines
    }
}

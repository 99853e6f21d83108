import CCurl
import ParallelSystem

/// What libcurl reports about a failed transfer, and the `HTTPError` that follows from it.
struct CurlFailure {
    var code: CURLcode
    /// libcurl's own message; empty if it has none.
    var detail = ""
    /// Whether the request, or part of it, was handed to a connection.
    var wasSent = false
    /// `errno` of the last failed system call, 0 if unknown.
    var systemError = 0
    /// OpenSSL's X509_V_ERR code for the server's certificate, 0 if it was valid or not checked.
    var certificateError = 0
    /// The proxy that the request went through.
    var proxy: Proxy?
    /// The proxy's status for CONNECT, 0 if there was none.
    var proxyStatus = 0
    /// Whether this machine has no certificate authorities in the usual places.
    var lacksAuthorities = false
    /// The resource that the process lacks for a connection, as text for a person.
    var shortage: String?

    /// Whether `code` may mean that the system refused descriptors or threads.
    static func mayMeanShortage(_ code: CURLcode) -> Bool {
        [CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_OUT_OF_MEMORY]
            .contains(code)
    }

    func httpError(for url: HTTPURL) -> HTTPError {
        if let shortage {
            let message = "cannot connect to \(url.origin): \(shortage)"
            return HTTPError(.outOfResources, message, mayHaveBeenSent: wasSent)
        }
        let (kind, summary) = meaning(for: url)
        var message = summary
        let words = AddressMask.maskingAddresses(in: Self.oneLine(reason))
        // A proxy's status needs no further explanation.
        if !words.isEmpty, kind != .proxy || proxyStatus == 0 { message += ": \(words)" }
        if let hint { message += "; \(hint)" }
        return HTTPError(kind, message, mayHaveBeenSent: wasSent)
    }

    /// libcurl's message without what the summary says already; empty if that is all.
    private var reason: String {
        switch code {
        case CURLE_COULDNT_CONNECT:
            // "Failed to connect to HOST port 1 after 0 ms: Couldn't connect to server": the system knows more.
            let start = detail.begins(with: "Failed to connect to ") ? detail.lastPlace(of: ":") : nil
            let last = start.map { String(detail.halves(around: $0).1.trimmed) } ?? detail
            guard last.isEmpty || ["Couldn't connect", "Could not connect"].contains(where: { last.begins(with: $0) })
            else {
                return last
            }
            return systemError == 0 ? "" : SystemError(code: Int32(truncatingIfNeeded: systemError)).reason.lowercased()
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return detail.begins(with: "Could not resolve ") && !detail.ends(with: ")") ? "" : detail
        // "operation aborted by pre-request callback": the summary says why.
        case CURLE_ABORTED_BY_CALLBACK: return ""
        default: return detail.isEmpty ? String(cString: ccurl_easy_strerror(code)) : detail
        }
    }

    // https://curl.se/libcurl/c/libcurl-errors.html
    private func meaning(for url: HTTPURL) -> (HTTPError.Kind, String) {
        let origin = proxy.map { "\(url.origin) through the proxy \($0.place)" } ?? url.origin
        if let proxy {
            switch code {
            case _ where proxyStatus >= 300 && !wasSent:
                let remedy =
                    proxyStatus == 407
                    ? " (it wants USER:PASSWORD@ in front of its host, with an @ in them as %40)" : ""
                return (
                    .proxy,
                    "the proxy \(proxy.place) refused the connection to \(url.host) with status \(proxyStatus)\(remedy)"
                )
            case CURLE_COULDNT_RESOLVE_PROXY: return (.proxyNotFound, "cannot find the proxy \(proxy.place)")
            case CURLE_PROXY: return (.proxy, "the proxy \(proxy.place) failed")
            case CURLE_NOT_BUILT_IN, CURLE_UNSUPPORTED_PROTOCOL:
                return (.proxy, "this libcurl can't use the proxy \(proxy.place), which is of the kind \(proxy.scheme)")
            case CURLE_COULDNT_CONNECT: return (.connect, "cannot connect to the proxy \(proxy.place)")
            default: break
            }
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return (.resolve, "cannot find the host \(url.host)")
        case CURLE_COULDNT_CONNECT: return (.connect, "cannot connect to \(origin)")
        case CURLE_OPERATION_TIMEDOUT:
            return (.timeout, wasSent ? "\(origin) took too long" : "connecting to \(origin) took too long")
        case CURLE_SSL_CONNECT_ERROR where systemError != 0:
            return (.connect, "the connection to \(origin) broke during the TLS handshake")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE:
            return (.tls, "no secure connection to \(origin)")
        case CURLE_PARTIAL_FILE: return (.truncated, "\(url.origin) closed the connection in the middle of its answer")
        case CURLE_GOT_NOTHING: return (.connectionLost, "\(url.origin) closed the connection without an answer")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
            return (.connectionLost, "lost the connection to \(origin)")
        case CURLE_ABORTED_BY_CALLBACK:
            return (.connectionLost, "\(url.origin) closed the connection; not sent a second time")
        default: return (.protocolError, "cannot make sense of the answer from \(url.origin)")
        }
    }

    private var hint: String? {
        if lacksAuthorities, [CURLE_SSL_CACERT_BADFILE, CURLE_PEER_FAILED_VERIFICATION].contains(code) {
            return "this machine has no certificate authorities: install the package ca-certificates "
                + "(apt-get, dnf or apk), or name a PEM file in SSL_CERT_FILE"
        }
        if code == CURLE_SSL_CACERT_BADFILE { return "check what SSL_CERT_FILE and SSL_CERT_DIR name" }
        if code == CURLE_SSL_CONNECT_ERROR, proxy?.scheme == "https" {
            return "a proxy that takes connections without TLS is written http://HOST:PORT"
        }
        guard code == CURLE_PEER_FAILED_VERIFICATION else { return nil }
        // The codes of openssl/x509_vfy.h. libcurl itself detects a wrong host name, and its message says so.
        switch certificateError {
        case 9, 10: return "check that this machine's clock is right"
        case 2, 18, 19, 20, 21: return "to trust its issuer, name a PEM file in SSL_CERT_FILE"
        default: return nil
        }
    }

    /// Removes control characters, because part of this text may come from the server.
    private static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var line = String.UnicodeScalarView(scalars)
        while line.last == " " || line.last == "." { line.removeLast() }
        return String(line)
    }
}

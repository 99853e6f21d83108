import CCurl

/// What libcurl reports about a failed transfer, and what that means for whoever sent the request.
struct CurlFailure {
    var code: CURLcode
    /// libcurl's own words; empty if it has none.
    var detail = ""
    /// Whether the request, or part of it, was handed to a connection.
    var wasSent = false
    /// `errno` of the last failed system call, 0 if unknown.
    var systemError = 0
    /// OpenSSL's X509_V_ERR code of the server's certificate, 0 if it was fine or not looked at.
    var certificateError = 0
    /// The status with which a proxy answered CONNECT, 0 if there was none.
    var proxyStatus = 0

    func httpError(for url: HTTPURL) -> HTTPError {
        let (kind, summary) = meaning(for: url)
        var message = summary
        let words = AddressMask.maskingAddresses(
            in: Self.oneLine(detail.isEmpty ? String(cString: ccurl_easy_strerror(code)) : detail))
        if !words.isEmpty { message += ": \(words)" }
        if let hint = certificateHint { message += "; \(hint)" }
        return HTTPError(kind, message, mayHaveBeenSent: wasSent)
    }

    // https://curl.se/libcurl/c/libcurl-errors.html
    private func meaning(for url: HTTPURL) -> (HTTPError.Kind, String) {
        if proxyStatus >= 300, !wasSent {
            return (.proxy, "the proxy refused the connection to \(url.host) with status \(proxyStatus)")
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return (.resolve, "cannot find the host \(url.host)")
        case CURLE_COULDNT_RESOLVE_PROXY: return (.resolve, "cannot find the proxy")
        case CURLE_PROXY: return (.proxy, "the proxy failed")
        case CURLE_COULDNT_CONNECT: return (.connect, "cannot connect to \(url.origin)")
        case CURLE_OPERATION_TIMEDOUT:
            return (.timeout, wasSent ? "\(url.origin) took too long" : "connecting to \(url.origin) took too long")
        case CURLE_SSL_CONNECT_ERROR where systemError != 0:
            return (.connect, "the connection to \(url.origin) broke during the TLS handshake")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE:
            return (.tls, "no secure connection to \(url.origin)")
        case CURLE_PARTIAL_FILE: return (.truncated, "\(url.origin) closed the connection in the middle of its answer")
        case CURLE_GOT_NOTHING: return (.connectionLost, "\(url.origin) closed the connection without an answer")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
            return (.connectionLost, "lost the connection to \(url.origin)")
        case CURLE_ABORTED_BY_CALLBACK:
            return (.connectionLost, "\(url.origin) closed the connection; not sent a second time")
        default: return (.protocolError, "cannot make sense of the answer from \(url.origin)")
        }
    }

    private var certificateHint: String? {
        if code == CURLE_SSL_CACERT_BADFILE { return "check the file or directory of trusted certificates" }
        guard code == CURLE_PEER_FAILED_VERIFICATION else { return nil }
        // openssl/x509_vfy.h; a wrong host name is found by libcurl itself, whose text says so.
        switch certificateError {
        case 9, 10: return "check that this machine's clock is right"
        case 2, 18, 19, 20, 21: return "to trust its issuer, name a PEM file in SSL_CERT_FILE"
        default: return nil
        }
    }

    /// Part of this text can come from the server, so it must not steer a terminal.
    private static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var line = String(String.UnicodeScalarView(scalars))
        while line.last == " " || line.last == "." { line.removeLast() }
        return line
    }
}

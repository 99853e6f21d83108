import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    private func send(to server: OpenSSLServer, host: String = "localhost", caFile: String?) async throws
        -> HTTPResponse
    {
        let environment = caFile.map { ["SSL_CERT_FILE": $0] } ?? [:]
        let transport = CurlTransport(TransportOptions(userAgent: "test", environment: environment))
        let url = try HTTPURL("https://\(host):\(server.port)/")
        return try await transport.send(HTTPRequest(.get, url, resend: .never))
    }

    @Test func `a certificate of the named file is trusted`() async throws {
        let server = try OpenSSLServer()
        let response = try await send(to: server, caFile: server.certificate)
        #expect(response.status == 200)
        #expect(response.timings.secured > .zero)
    }

    @Test func `a self-signed certificate is refused with a hint before anything is sent`() async throws {
        let server = try OpenSSLServer()
        let error = await #expect(throws: HTTPError.self) { try await send(to: server, caFile: nil) }
        #expect(error?.kind == .tls)
        #expect(error?.mayHaveBeenSent == false)
        #expect(error?.isTransient == false)
        #expect(error?.message.contains("SSL_CERT_FILE") == true)
    }

    @Test func `a certificate for another host is refused`() async throws {
        let server = try OpenSSLServer()
        let error = await #expect(throws: HTTPError.self) {
            try await send(to: server, host: "127.0.0.1", caFile: server.certificate)
        }
        #expect(error?.kind == .tls)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `a missing certificate file is named`() async throws {
        let server = try OpenSSLServer()
        let error = await #expect(throws: HTTPError.self) { try await send(to: server, caFile: "/no/such.pem") }
        #expect(error?.kind == .tls)
        #expect(error?.message.contains("/no/such.pem") == true)
    }

    @Test func `a server without TLS is refused`() async throws {
        let server = try RawServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        }
        let transport = CurlTransport(TransportOptions(userAgent: "test"))
        let url = try HTTPURL("https://localhost:\(server.port)/")
        let error = await #expect(throws: HTTPError.self) {
            try await transport.send(HTTPRequest(.post, url, resend: .never))
        }
        #expect(error?.kind == .tls)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `a connection that breaks during the handshake may be tried again`() async throws {
        let server = try RawServer { $0.reset() }
        let transport = CurlTransport(TransportOptions(userAgent: "test"))
        let url = try HTTPURL("https://localhost:\(server.port)/")
        let error = await #expect(throws: HTTPError.self) {
            try await transport.send(HTTPRequest(.post, url, resend: .never))
        }
        #expect(error?.isTransient == true)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `the system's certificates are found, hashed names first`() throws {
        let folder = try TemporaryFolder()
        try folder.write("bundle.pem", "x")
        let bundle = folder.path + "/bundle.pem"
        #if os(Linux)
            #expect(SystemCertificates.find(directories: [folder.path], bundles: ["/no", bundle]) == .file(bundle))
            try folder.write("4042bcee.0", "x")
            #expect(
                SystemCertificates.find(directories: ["/no", folder.path], bundles: [bundle]) == .directory(folder.path)
            )
            #expect(SystemCertificates.find(directories: ["/no"], bundles: ["/no"]) == .nowhere)
        #endif
    }
}

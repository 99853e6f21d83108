import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Servers that drip, proxies that fail, and what a machine may lack: each ends, and says what to do.
@Suite(.limited) struct NetworkFailureTests {
    /// A server that takes each request and then sends `piece` behind `head` for as long as the client stays.
    private func drip(_ head: String, _ piece: String, counting requests: Lock<Int>) throws -> RawServer {
        try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            requests.withLock { $0 += 1 }
            connection.write(head)
            if piece.isEmpty { connection.waitForClose() }
            while connection.write(piece) { usleep(50_000) }
        }
    }

    @Test(arguments: [("", ""), ("HTTP/1.1 202 Accepted\r\nx: ", "y"), ("HTTP/1.1 202 Accepted\r\n\r\n", " ")])
    func `a creation that is not answered ends with --timeout and its grace, and says that a run may exist`(
        _ head: String, _ piece: String
    ) async throws {
        let requests = Lock(0)
        let server = try drip(head, piece, counting: requests)
        let result = try await Session(server.baseURL, server).run("task", "run", "x", "--timeout", "1s")
        #expect(result.exit == .code(7), "\(result)")
        #expect(result.output == "")
        #expect(
            result.error.hasPrefix("error: \(server.baseURL) did not answer in full in the time it had\n"), "\(result)")
        #expect(result.error.contains("a run may exist all the same"), "\(result)")
        #expect(requests.withLock { $0 } == 1)
    }

    @Test(arguments: [
        (["mcp", "tools"], "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", ": ping\n"),
        (["mcp", "tools"], "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", "d"),
        (["mcp", "tools"], "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", " "),
        (["mcp", "tools"], "HTTP/1.1 500 Oops\r\n\r\n", " "),
    ])
    func `a request to an MCP server that drips ends with --timeout`(
        _ words: [String], _ head: String, _ piece: String
    ) async throws {
        let requests = Lock(0)
        let server = try drip(head, piece, counting: requests)
        let result = try await Session(server.baseURL, server).run(
            words + ["\(server.baseURL)/mcp", "--timeout", "1s"])
        #expect(result.exit == .code(7), "\(result)")
        #expect(result.error.contains("within 1 s"), "\(result)")
    }

    @Test(arguments: [
        ("http://me:hun@ter2@127.0.0.1:PORT", "%40", 0), ("http://me:hunter2@127.0.0.1:PORT", "407", 1),
        ("socks9://me:hunter2@127.0.0.1:PORT", "socks5h", 0),
    ])
    func `a proxy that can't be passed is reported with host and port, once, and without its password`(
        _ proxy: String, _ named: String, _ asked: Int
    ) async throws {
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.respond(407)
        }
        let text = proxy.replacing("PORT", with: "\(server.port)")
        let result = try await Session("https://api.invalid").run("search", "x", "-v", adding: ["HTTPS_PROXY": text])
        #expect(result.exit == .code(7), "\(result)")
        #expect(result.error.contains(named), "\(result)")
        #expect(named == "socks5h" || result.error.contains("the proxy 127.0.0.1:\(server.port)"), "\(result)")
        #expect(!result.error.contains("hun") && !result.error.contains("trying again"), "\(result)")
        #expect(server.connectionCount == asked)
    }

    @Test func `too few file descriptors are reported with the remedy, and nothing hangs`() async throws {
        let session = try Session(try await RunningSandbox())
        // With three, not even the C library is found.
        // What the log of this machine can't take is a warning of its own.
        // Other tests may have leaked descriptors into this shell, as programs are started while sockets are opened.
        let result = try await session.shell(
            """
            for n in {3..99}; do eval "exec $n>&-"; done
            for n in 4 5 6 7 8 9 10 11 12; do
                (exec >/dev/null 2>error; ulimit -n $n; exec parallel search x)
                echo "$n: $? $(grep -v ^warning: error | grep -c 'ulimit -n')"
            done
            """, "/bin/bash")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 9, "\(result)")
        #expect(lines.allSatisfy { $0.hasSuffix(": 0 0") || $0.hasSuffix(": 1 1") }, "\(result)")
        #expect(lines.contains { $0.hasSuffix(": 1 1") }, "\(result)")
        #expect(lines.last?.hasSuffix(": 0 0") == true, "\(result)")
    }

    #if os(Linux)
        /// Whether a folder can be hidden from a program, which takes root.
        private static func canHideFolders() async throws -> Bool {
            let words = ["-m", "mount", "-t", "tmpfs", "none", "/etc/ssl"]
            return try await ChildProcess.run("/usr/bin/unshare", words).exit == .code(0)
        }

        @Test(.enabled("needs root and unshare", { (try? await canHideFolders()) ?? false }))
        func `a machine without certificate authorities is reported which package has them`() async throws {
            let server = try RawServer { $0.waitForClose() }
            let session = try Session("https://localhost:\(server.port)", server)
            let result = try await session.shell(
                """
                exec unshare -m sh -c '
                    for folder in /etc/ssl /etc/pki /etc/openssl; do
                        if [ -d $folder ]; then mount -t tmpfs none $folder; fi
                    done
                    exec parallel search x'
                """)
            #expect(result.exit == .code(7), "\(result)")
            #expect(result.error.contains("install the package ca-certificates"), "\(result)")
        }
    #endif
}

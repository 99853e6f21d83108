package import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A small HTTP/1.1 server for programs and browsers on this machine.
///
/// It listens on 127.0.0.1 only and as a rule answers nothing that was meant for another host: a web page can make its
/// own name mean 127.0.0.1, but a browser still sends that name as Host.
package final class LoopbackServer: Sendable {
    /// The limits that keep one client from occupying the server.
    package struct Limits: Sendable {
        /// The maximum size of a request's body, in bytes.
        package var body = 1 << 20
        /// The time for a head, and again for a body.
        package var request = Duration.seconds(30)
        /// The time between two requests on a connection.
        package var idle = Duration.seconds(60)

        package init() {}
    }

    /// What to answer, and whether the server ends with it.
    package struct Reply: Sendable {
        package var response: HTTPResponse
        /// Whether the server stops once this is sent.
        package var isLast: Bool

        package init(_ response: HTTPResponse, isLast: Bool = false) {
            self.response = response
            self.isLast = isLast
        }

        /// Makes a whole answer of text.
        package init(_ status: Int, _ text: String = "", type: String = "text/plain; charset=utf-8") {
            self.init(
                HTTPResponse(
                    status: status, headers: HTTPHeaders([("content-type", type)]), body: HTTPBody(Array(text.utf8))))
        }
    }

    /// Answers a request. The task is cancelled if the client closes the connection. An error becomes status 500.
    package typealias Handler = @Sendable (ServerRequest) async throws -> Reply

    /// The port that it listens on.
    package let port: Int
    private let listener: ServerSocket
    private let limits: Limits
    private let checksHost: Bool
    private let checksOrigin: Bool
    private let isClosed = Lock(false)
    /// The connections in the order in which they came, and whether each has a request under way.
    private let connections = Lock<[(socket: Int32, isBusy: Bool)]>([])

    static let maximumHeadBytes = 1 << 14
    private static let maximumConnections = 64

    /// Begins to listen. Connections wait until `run` is called.
    ///
    /// - Parameters:
    ///   - port: the port; 0 stands for any free one.
    ///   - checksHost: whether to refuse requests for other hosts. Without that, each must prove by itself who has sent
    ///     it.
    ///   - checksOrigin: whether to refuse requests of web pages of other origins, which a browser names as Origin.
    ///
    /// Throws if the port is taken (EADDRINUSE) or the system refuses a socket or a thread.
    package init(
        port: Int = 0, limits: Limits = Limits(), checksHost: Bool = true, checksOrigin: Bool = false
    ) throws(SystemError) {
        let socket = try ServerSocket.listening(on: port)
        do throws(SystemError) {
            listener = ServerSocket(number: socket.number, poller: try SocketPoller())
        } catch {
            close(socket.number)
            throw error
        }
        self.port = socket.port
        self.limits = limits
        self.checksHost = checksHost
        self.checksOrigin = checksOrigin
    }

    deinit { stop() }

    /// Answers requests until a last reply is sent or the task is cancelled; then the port and all connections are
    /// closed. Call it once.
    package func run(_ handler: @escaping Handler) async {
        await withDiscardingTaskGroup { group in
            while let socket = try? await listener.accepted() {
                let isAdmitted = admits(socket.number)
                group.addTask { [self] in
                    // The last reply ends all waits, and with them everything else here.
                    if isAdmitted, await serve(socket, handler) { listener.poller.stop() }
                    connections.withLock { connections in
                        connections.removeAll { $0.socket == socket.number }
                        close(socket.number)
                    }
                }
            }
            group.cancelAll()
        }
        stop()
    }

    /// Counts a connection in. If there are too many, the oldest one that asks for nothing is ended for it; returns
    /// whether there is a place.
    private func admits(_ socket: Int32) -> Bool {
        connections.withLock { connections in
            if connections.count >= Self.maximumConnections {
                guard let idle = connections.firstIndex(where: { !$0.isBusy }) else { return false }
                shutdown(connections[idle].socket, Int32(SHUT_RDWR))
                connections.remove(at: idle)
            }
            connections.append((socket, false))
            return true
        }
    }

    private func note(_ socket: ServerSocket, isBusy: Bool) {
        connections.withLock { connections in
            if let index = connections.firstIndex(where: { $0.socket == socket.number }) {
                connections[index].isBusy = isBusy
            }
        }
    }

    private func stop() {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if wasClosed { return }
        listener.poller.stop()
        close(listener.number)
    }

    // MARK: - One connection

    /// Answers the requests of a connection; returns whether a last reply was sent.
    private func serve(_ socket: ServerSocket, _ handler: @escaping Handler) async -> Bool {
        var reader = ServerRequestReader(socket: socket, limits: limits)
        do {
            while let request = try await reader.next() {
                note(socket, isBusy: true)
                defer { note(socket, isBusy: false) }
                let exchange = ServerExchange(socket: socket, request: request)
                if let status = refusal(of: request) {
                    try await exchange.send(Reply(status), isKept: false)
                    break
                }
                guard let (isKept, isLast) = await exchange.run(handler) else { return false }
                // Who sends a request before the answer to another gets no answer to it.
                if isLast || !isKept || reader.hasMore {
                    await socket.finish()
                    return isLast
                }
            }
        } catch let error as ServerRequestError {
            let head = ServerExchange.head(Reply(error.status).response, length: 0, isKept: false)
            try? await socket.send(head)
        } catch {
            return false
        }
        await socket.finish()
        return false
    }

    /// Returns the status for a request that is not for this server; nil if it is.
    private func refusal(of request: ServerRequest) -> Int? {
        let names = ["127.0.0.1", "localhost", "[::1]"].map { "\($0):\(port)" }
        let hosts = request.headers.filter { HTTPHeaders.matches($0.name, "host") }.map(\.value.asciiLowercased)
        guard hosts.count == 1,
            !checksHost || names.contains(hosts[0]) || port == 80 && names.contains("\(hosts[0]):80")
        else {
            return hosts.count == 1 ? 421 : 400
        }
        guard checksOrigin, let origin = request.headers["origin"] else { return nil }
        return names.contains { origin.asciiLowercased == "http://\($0)" } ? nil : 403
    }
}

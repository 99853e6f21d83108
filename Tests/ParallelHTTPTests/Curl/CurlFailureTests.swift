import CCurl
import Testing

@testable import ParallelHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct CurlFailureTests {
    private static let place = "cannot connect to http://h:1"
    private static let general = "Failed to connect to h port 1 after 0 ms: Couldn't connect to server"

    @Test(arguments: [
        ("", ECONNREFUSED, ": connection refused"), ("", 0, ""), (general, 0, ""),
        (general, ECONNREFUSED, ": connection refused"),
        (
            "Failed to connect to h port 1 after 0 ms: Could not connect to server", ENETUNREACH,
            ": network is unreachable"
        ),
        ("Failed to connect to ::1 port 1 after 2 ms: No route to host", ECONNREFUSED, ": No route to host"),
        ("bind failed with errno 98", 98, ": bind failed with errno 98"),
    ])
    func `what was in the way of a connection is said once`(detail: String, systemError: Int32, words: String) throws {
        let failure = CurlFailure(code: CURLE_COULDNT_CONNECT, detail: detail, systemError: Int(systemError))
        #expect(failure.httpError(for: try HTTPURL("http://h:1/x")).message == Self.place + words)
    }

    @Test func `a request that is not sent twice is told of without the words of libcurl`() throws {
        let failure = CurlFailure(
            code: CURLE_ABORTED_BY_CALLBACK, detail: "operation aborted by pre-request callback")
        let message = failure.httpError(for: try HTTPURL("http://h:1/x")).message
        #expect(message == "http://h:1 closed the connection; not sent a second time")
    }

    @Test(arguments: [
        ("", ""), ("Could not resolve host: h", ""),
        ("Could not resolve host: h (no server)", ": Could not resolve host: h (no server)"),
        ("the name is malformed", ": the name is malformed"),
    ])
    func `that a host is not found is said once`(detail: String, words: String) throws {
        let failure = CurlFailure(code: CURLE_COULDNT_RESOLVE_HOST, detail: detail)
        #expect(failure.httpError(for: try HTTPURL("http://h:1/x")).message == "cannot find the host h" + words)
    }
}

import ParallelJSON
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The built `parallel-sandbox` with a log, until the object goes.
final class RunningSandbox: Sendable {
    /// Such as `http://127.0.0.1:8080`.
    let baseURL: String
    /// What it has said when it was ready.
    let announcement: String
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// - Parameters:
    ///   - delay: seconds from a run's creation to its end.
    ///   - more: further options.
    init(delay: String = "0.1", faults: String? = nil, _ more: [String] = []) async throws {
        directory = try TemporaryDirectory()
        var words = ["serve", "--port", "0", "--log", directory.file("log"), "--delay", delay] + more
        if let faults { words += ["--control-file", try directory.write(faults, to: "faults")] }
        process = try ChildProcess.start(Program.sandbox, words, input: .closed)
        // The last words of what it says.
        try await process.waitUntil(errorContains: "in a browser\n")
        let said = process.error
        announcement = said
        let address = said.firstRange(of: "listening on ").map { said[$0.upperBound...] } ?? ""
        baseURL = String(address.prefix { !$0.isNewline })
    }

    /// Replaces what the sandbox was started with as `faults`.
    func behave(_ faults: String) throws {
        rename(try directory.write(faults, to: "new"), directory.file("faults"))
    }

    /// Stops it, so that nothing listens any more.
    func stop() async throws {
        process.send(signal: SIGTERM)
        _ = try await process.wait()
    }

    /// A request as the log has it.
    struct Request {
        let method: String
        let path: String
        let headers: JSONValue
        let body: JSONValue
    }

    /// Every request so far, in the order of their arrival.
    var requests: [Request] {
        lines.filter { $0["event"]?.string == "request" }.map { line in
            Request(
                method: line["method"]?.string ?? "", path: line["path"]?.string ?? "",
                headers: line["headers"] ?? .null, body: line["body"] ?? .null)
        }
    }

    /// The requests that create a run.
    var creations: [Request] { requests.filter { $0.method == "POST" && $0.path == "/v1/tasks/runs" } }

    /// All that the log holds, as text.
    var logText: String { Disk.text(directory.file("log")) ?? "" }

    private var lines: [JSONValue] {
        logText.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
    }
}

extension RunningSandbox {
    /// The rows of all runs that were asked to be added to groups.
    var addedRows: [Int] {
        requests.filter { $0.method == "POST" && $0.path.hasPrefix("/v1/tasks/groups/") }
            .flatMap { $0.body["inputs"]?.array ?? [] }
            .compactMap { $0["metadata"]?["parallel_row"]?.string.flatMap { Int($0) } }
    }
}

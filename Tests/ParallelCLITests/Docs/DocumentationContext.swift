import ParallelCLI
import ParallelHTTP
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

extension Context {
    /// A world with nothing in it but a terminal's width: all that documentation needs.
    static func documentation(columns: Int = 80, program: String = "parallel", forcesColor: Bool = false) -> Context {
        Context(
            programName: program, streams: .captured(),
            terminal: TerminalInfo(columns: columns, forcesColor: forcesColor), environment: [:], workingDirectory: "/",
            clock: ContinuousClock(), now: { 0 }, random: { 0 },
            transport: NoTransport(), prompter: .scripted([]), interruption: { nil })
    }

    private struct NoTransport: HTTPTransport {
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            Issue.record("documentation opened the network")
            throw HTTPError(.protocolError, "no network here", mayHaveBeenSent: false)
        }
    }
}

/// Files of the repository that are made from the program; `Scripts/generate` writes them.
enum GeneratedFile {
    static func text(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return String(decoding: try UserFile.read("/\(root)/\(path)"), as: UTF8.self)
    }
}

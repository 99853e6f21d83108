import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Any error as an exit code, one line of what went wrong and, where there is something, lines of what to do.
///
/// The one place that maps errors; it goes by types and codes, never by the text of a message.
struct ErrorReport: Error {
    let code: ExitCode
    var message: String
    /// Further lines of what somebody else said, which are shown as they are.
    var quoted: [String] = []
    var hints: [Hint] = []

    init(_ error: any Error, _ context: Context) {
        switch error {
        case let error as UsageError:
            let help = "\(context.programName) help" + (error.command.map { " \($0)" } ?? "")
            self.init(.usage, error.message, hints: [error.hint, "see: \(command: help)"])
        case let error as InvalidRequest:
            self.init(.usage, error.message)
        case let error as InvalidArgument:
            self.init(.usage, error.message)
        case let error as ToolFailed:
            let lines = error.lines
            self.init(.runFailed, "the tool '\(error.tool)' reported an error: \(lines.first)")
            quoted = lines.rest
        case let error as Interrupted:
            self.init(error.code, error.message, hints: error.hints)
        case let error as RunNotCompleted:
            self.init(.runFailed, error.message, hints: error.hints)
        case let error as WaitTimedOut:
            self.init(
                .stillRunning, "the wait ended before the run did",
                hints: [error.lastError.map { Hint(Self.cause($0)) }])
        case let error as APIError:
            self.init(api: error)
        case let error as HTTPError:
            self.init(http: error, context)
        case let error as MCPError:
            self.init(mcp: error)
        case let error as UnexpectedAnswer:
            self.init(.unexpected, error.message)
        case let error as ServerSentEventError:
            self.init(.unexpected, error.description)
        case is MissingKey:
            self.init(
                .notAuthenticated, "no API key is set",
                hints: [
                    "set one: export \(Settings.keyVariable)=…",
                    "or put it in a file only you can read: --api-key-file FILE",
                ])
        case let error as Settings.Fault:
            self.init(settings: error)
        case let error as FileError:
            self.init(
                error.isMissing ? .usage : .unexpected, "\(error.path): \(error.reason)", hints: [error.remedy])
        case let error as OutputFailure:
            self.init(.unexpected, error.message)
        case let error as InputSource.NotText:
            self.init(.usage, "\(error.source) is not valid UTF-8 (byte \(error.offset + 1))")
        case let error as RegistryError:
            self.init(.usage, error.message, hints: [error.hint])
        case StreamError.interrupted:
            self.init(Interrupted.code(of: context), "interrupted")
        case StreamError.closedPipe:
            self.init(.success, "")
        case StreamError.tooLong, StreamError.alreadyRead:
            self.init(.usage, "\(error)")
        case let error as StreamError:
            self.init(.unexpected, error.description)
        case is CancellationError:
            self.init(Interrupted.code(of: context), "interrupted")
        case let report as ErrorReport:
            self = report
        case let error as LineEditor.Failure:
            self.init(.unexpected, "\(error)")
        default:
            self.init(.unexpected, "unexpected error: \(error)")
        }
    }

    init(_ code: ExitCode, _ message: String, hints: [Hint?] = []) {
        self.code = code
        self.message = message.shortened(to: 4_000)
        self.hints = hints.compactMap(\.self)
    }

    /// `error` in other words, with what is known of its cause.
    static func retelling(_ error: any Error, as message: String, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.message = message
        return report
    }

    /// `error` with `hints` added to what is told about it.
    static func adding(_ hints: [Hint], to error: any Error, _ context: Context) -> ErrorReport {
        var report = ErrorReport(error, context)
        report.hints += hints
        return report
    }

    /// Prints the report; a closed pipe is no error and prints nothing.
    func emit(to context: Context) -> ExitCode {
        guard code != .success else { return code }
        // The error is one line; what follows it is help.
        let isColored = context.terminal.usesColor(on: .stderr, choice: context.color)
        let label = isColored ? "\u{1B}[1;31merror:\u{1B}[0m" : "error:"
        // Secrets go first: what is done to control characters could hide one from the mask.
        let secrets = context.streams.secrets
        context.streams.note("\(label) \(ControlCharacters.neutralised(secrets.masked(message)))")
        for line in quoted { context.streams.note(ControlCharacters.neutralisedLines(secrets.masked(line))) }
        for hint in hints { context.streams.note(hint, behind: "  ") }
        return code
    }

    // MARK: - By kind

    private init(api error: APIError) {
        let reference = error.referenceID.map { " (ref \($0))" } ?? ""
        let said = "\(error.message)\(reference)"
        var hints: [Hint?] = error.fieldErrors.map { Hint($0) }
        switch error.status {
        case 401:
            hints.append("check the key: \(Settings.keyVariable), or --api-key-file FILE")
            self.init(.notAuthenticated, "the API did not accept the key (401): \(said)", hints: hints)
            return
        case 402: hints.append("the account has not enough credit; nothing was created by this request")
        case 429: hints.append(error.retryAfter.map { "too many requests; the API asks to wait: \($0)" })
        default: break
        }
        if error.fieldErrors.isEmpty, let detail = error.shownDetail { hints.insert(Hint(detail), at: 0) }
        self.init(.refused, "the API answered \(error.status): \(said)", hints: hints)
    }

    private init(http error: HTTPError, _ context: Context) {
        switch error.kind {
        case .cannotLoadLibrary:
            self.init(
                .unexpected, error.message,
                hints: [
                    "install libcurl: apt-get install libcurl4 (Debian, Ubuntu), dnf install libcurl (Fedora), "
                        + "apk add libcurl (Alpine)"
                ])
        case .redirectRefused, .invalidRequest:
            self.init(.refused, error.message)
        case .tooLarge, .protocolError, .outOfResources:
            self.init(.unexpected, error.message)
        case .cancelled:
            self.init(Interrupted.code(of: context), "interrupted")
        default:
            self.init(.unreachable, error.message)
        }
    }

    private init(mcp error: MCPError) {
        let code: ExitCode =
            switch error.kind {
            case .unauthorized: .notAuthenticated
            case .fault, .status, .noCommonVersion, .inputRequired, .unsupported: .refused
            case .notMCP: .unexpected
            case .answerLost, .timedOut(isCall: false): .unreachable
            case .timedOut(isCall: true): .stillRunning
            }
        var hints: [Hint?] = error.hints
        // Where it is known how the server was found, the error says so itself.
        if code == .notAuthenticated, hints.isEmpty {
            hints.append("a URL's token is given with --bearer-env VAR; what a name sends is shown by 'mcp get NAME'")
        }
        if error.offersLogin { hints.append("it offers a login with OAuth, which this program does not do yet") }
        self.init(code, error.message, hints: hints)
    }

    private init(settings fault: Settings.Fault) {
        switch fault {
        case .baseURL(let variable, let reason):
            self.init(.usage, "\(variable): \(reason)")
        case .key(let source, let reason, let remedy):
            self.init(.notAuthenticated, "the API key in \(source) can't be used: \(reason)", hints: [remedy])
        case .moreThanKey:
            self.init(
                .usage, "standard input holds more than a key",
                hints: ["with --api-key-file - nothing else is read from it"])
        }
    }

    private static func cause(_ error: any Error) -> String {
        switch error {
        case let error as APIError: "the last answer was \(error.status): \(error.message)"
        case let error as HTTPError: "the server could not be reached at the end: \(error.message)"
        case let error as UnexpectedAnswer: "the last attempt failed: \(error.message)"
        default: "the last attempt failed: \(error)"
        }
    }
}

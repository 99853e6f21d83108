import ParallelAuth
import ParallelHTTP
import ParallelSystem
import ParallelTerminal

/// Brings the person who signs in to the address of a login, and their answer back.
struct LoginBrowser: Sendable {
    /// Whether to open a browser; nil: on a terminal.
    let opens: Bool?
    let context: Context

    typealias Answer = [(name: String, value: String)]

    var mayOpen: Bool { opens ?? context.terminal.canPrompt }

    /// Does `work`, in which a person has to sign in. Throws `OAuthError` once the time for that is over.
    func waiting<Value: Sendable>(
        seconds: Int, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let limit = Duration.seconds(max(seconds, 1))
        do {
            return try await Deadline.run(within: limit, of: "the login", context.clock, work)
        } catch is WaitTimedOut {
            throw OAuthError(.timedOut, "nobody has signed in within \(DurationText.brief(limit))")
        }
    }

    /// Returns the answer to a login that a browser brings to `listener`, or that somebody pastes at the terminal where
    /// no browser was opened.
    ///
    /// - Parameters:
    ///   - listener: the port for the browser; nil if another process has it.
    ///   - isShown: whether the address is shown here.
    func answer(to pending: PendingLogin, _ listener: CallbackListener?, isShown: Bool = true) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            defer { group.cancelAll() }
            if let listener { group.addTask { try await listener.answer(to: pending) } }
            if isShown, !(await self.isShown(pending)), context.terminal.canPrompt {
                group.addTask { try await pasted(pending) }
            }
            if let answer = try await group.next() { return answer }
            // Another process has the port.
            await Latch().wait()
            throw CancellationError()
        }
    }

    /// Shows the address, in a browser if there may be one. Returns whether a browser has it.
    private func isShown(_ pending: PendingLogin) async -> Bool {
        let url = pending.authorizationURL.description
        let isOpen = mayOpen ? await context.openBrowser(url) : false
        let said = isOpen ? "waiting for the browser; if it does not show the login, open" : "to sign in, open"
        context.streams.note("\(said):\n  \(url)")
        if isOpen, context.terminal.canPrompt {
            context.streams.note("with --no-browser, the address where a browser elsewhere ends can be pasted here")
        }
        return isOpen
    }

    /// Asks for the address where the browser ended, until it is that of this login.
    private func pasted(_ pending: PendingLogin) async throws -> Answer {
        let (answers, feed) = AsyncThrowingStream<Answer, any Error>.makeStream()
        // Reading from a terminal can't be cancelled, so nobody waits for this task.
        Task { [context] in
            while true {
                switch try? await context.ask("or paste the address where the browser ends: ") {
                case .line(let line):
                    if let answer = pending.answer(inAddress: line.trimmed.description) {
                        feed.yield(answer)
                        return
                    }
                    if !line.isBlank { context.streams.note("that is not the address of this login") }
                case .interrupted:
                    return feed.finish(throwing: Interrupted("interrupted; nobody has signed in", context))
                // The browser may still come back by itself.
                case .endOfInput, nil: return
                }
            }
        }
        defer { LineEditor.restoreTerminal() }
        for try await answer in answers { return answer }
        throw CancellationError()
    }

    /// Shows where to type which code.
    func show(_ prompt: OAuthFlow.DevicePrompt) async {
        context.streams.note("to sign in, open: \(prompt.url)")
        context.streams.note(ControlCharacters.neutralised("and type the code: \(prompt.code)"))
        if let url = prompt.wholeURL { context.streams.note("or open: \(url)") }
    }
}

import ParallelCLI
import ParallelHTTP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program: passes the real arguments, environment, streams, signals and network to `Run`.
///
/// Not called main.swift, because closures written there belong to the main actor and would trap when libcurl or the
/// signal loop called them from elsewhere.
@main
enum ParallelMain {
    /// Runs the work as a task on a thread of its own; if the network will be needed, another thread loads libcurl
    /// meanwhile. The main thread waits for signals and turns them into the task's cancellation.
    ///
    /// The process ends with `_exit`: `exit` would run OpenSSL's exit handlers while libcurl's thread may still use
    /// OpenSSL.
    static func main() {
        StandardDescriptors.fill()
        CoreDumps.disable()
        var signals = Signals.block()
        let interruption = Interruption()
        let (environment, unreadable) = processEnvironment()
        let arguments = Result { () throws(UsageError) in
            try refuse(unreadable)
            return try Self.arguments()
        }
        CurlTransport.prepareProcess()
        let transport = CurlTransport(
            TransportOptions(userAgent: "parallel/\(Version.number)", environment: environment))
        guard let thread = WorkThread.start() else {
            Streams.system().note(
                "error: cannot start a thread; there are too many processes (ulimit -u), or too little memory (ulimit -v)"
            )
            _exit(ExitCode.unexpected.rawValue)
        }
        let work = Task.detached(executorPreference: thread) {
            let context = makeContext(environment, transport, interruption, thread)
            for name in unreadable where usedVariables.contains(name) {
                context.streams.note("warning: the value of \(name) is not valid UTF-8 and is not used")
            }
            switch arguments {
            case .success(let words): end(await Run.run(words, context), interruption)
            case .failure(let error): end(Run.report(error, context), interruption)
            }
        }
        // Loading libcurl takes by far the longest part of a short command.
        if case .success(let words) = arguments, Run.mayConnect(words) { transport.prepare() }
        while true {
            let signal = Signals.wait(for: signals)
            // Ctrl-C is the pager's while there is one.
            if signal == SIGINT, Pager.isShowing { continue }
            if !interruption.isOfLine(signal) { Signals.ignoreStops() }
            switch interruption.note(signal) {
            case .nothing: continue
            case .toEndLine: break
            // At a prompt there is nothing to finish, so the program ends at once.
            case .toEnd where !LineEditor.restoreTerminal(): work.cancel()
            case .toEnd, .toEndAtOnce:
                AtomicFile.removeUnfinished()
                RuledTransport.putUnfinished()
                // The shell's prompt would follow a progress line or a question, and the ^C behind it.
                if isatty(STDERR_FILENO) == 1 { _ = write(STDERR_FILENO, "\n", 1) }
                _exit(128 + (interruption.signal ?? signal))
            }
            // Some waits can't be cancelled, such as opening a named pipe that has no writer.
            Signals.raiseAlarm(after: shutdownSeconds, &signals)
        }
    }

    /// Ends the process. If the terminal is gone, the status is that of SIGHUP, not that of the failed read.
    private static func end(_ code: ExitCode, _ interruption: Interruption) -> Never {
        RuledTransport.putUnfinished()
        let isHungUp = interruption.signal == SIGHUP || Signals.isHungUp
        _exit(isHungUp && code != .success ? 128 + SIGHUP : code.rawValue)
    }

    /// The seconds that the work has to finish after the first signal: slightly more than `Timeouts.grace` of a request
    /// that creates a run.
    private static let shutdownSeconds: UInt32 = 7

    private static func makeContext(
        _ environment: [String: String], _ transport: CurlTransport, _ interruption: Interruption, _ thread: WorkThread
    ) -> Context {
        let terminal = TerminalInfo.system(environment: environment)
        let streams = Streams.system(interruption: interruption.descriptor, rewrapsLines: terminal.rewrapsLines)
        var context = Context(
            programName: programName(), streams: streams, terminal: terminal, environment: environment,
            workingDirectory: workingDirectory(), clock: thread.clock, now: { Int(time(nil)) },
            random: { Double.random(in: 0..<1) },
            transport: transport, prompter: Prompter.system(terminal: terminal),
            interruption: { interruption.signal })
        context.programPath = programPath(context)
        context.systemConfiguration = Configuration.systemPath
        context.runProgram = OtherProgram.run
        context.runLine = { line in
            await interruption.runningLine(Task(executorPreference: thread) { await line() })
        }
        context.parentName = {
            // Linux alone has it; elsewhere the login shell counts.
            let name = try? UserFile.readRegular("/proc/\(getppid())/comm", upTo: 256)
            return name.map { String(String(decoding: $0, as: UTF8.self).trimmed) }
        }
        if let browser = Browser(environment: environment) { context.openBrowser = { await browser.open($0) } }
        context.localOffset = { seconds in
            var (moment, local) = (time_t(seconds), tm())
            return localtime_r(&moment, &local) == nil ? 0 : local.tm_gmtoff
        }
        return context
    }

    /// Returns the arguments, which must be UTF-8: a repaired one would not be what was typed.
    private static func arguments() throws(UsageError) -> [String] {
        var arguments: [String] = []
        for (index, word) in ProcessArguments.words.enumerated().dropFirst() {
            guard let text = String(validatingCString: word) else {
                throw UsageError("argument \(index) is not valid UTF-8")
            }
            arguments.append(text)
        }
        return arguments
    }

    private static func programName() -> String {
        let word = ProcessArguments.words.first.map { String(cString: $0) } ?? ""
        let name = word.parts(between: "/").last.map(String.init) ?? ""
        return name.isEmpty ? "parallel" : name
    }

    /// Returns the absolute path by which the program was called, links not followed: an update may replace what they
    /// lead to.
    private static func programPath(_ context: Context) -> String? {
        guard let word = ProcessArguments.words.first.flatMap({ String(validatingCString: $0) }) else { return nil }
        if word.begins(with: "/") { return word }
        guard word.has("/") else { return ProgramPath.find(word, in: context.environment["PATH"]) }
        let path = word.begins(with: "./") ? word.dropping(bytes: 2) : word[...]
        return context.workingDirectory.map { "\($0)/\(path)" }
    }

    /// Returns the environment without variables whose values are not UTF-8, and the names of those: a repaired value
    /// would name another file.
    private static func processEnvironment() -> (variables: [String: String], unreadable: [String]) {
        var variables: [String: String] = [:]
        var unreadable: [String] = []
        var entry = environ
        while let pointer = entry.pointee {
            entry += 1
            guard let equals = strchr(pointer, Int32(UInt8(ascii: "="))) else { continue }
            let bytes = UnsafeRawBufferPointer(start: pointer, count: equals - pointer)
            // The program only looks up ASCII names, and to Swift a name with a Kelvin sign equals one with a K.
            guard bytes.allSatisfy({ $0 < 0x80 }) else { continue }
            let name = String(decoding: bytes, as: UTF8.self)
            if let value = String(validatingCString: equals + 1) {
                variables[name] = value
            } else {
                unreadable.append(name)
            }
        }
        return (variables, unreadable)
    }

    /// Variables that need a warning if they can't be used: without them other files or no key would be used.
    private static let usedVariables = [Settings.keyVariable, "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"]

    /// Variables that are required if set: without them the program would connect to another server, or another way.
    private static let addressVariables =
        APIAddress.variables + [
            Configuration.variable, "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "HTTPS_PROXY",
        ]
        + ["all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]

    private static func refuse(_ unreadable: [String]) throws(UsageError) {
        if let name = unreadable.first(where: addressVariables.contains) {
            throw UsageError("the value of \(name) is not valid UTF-8")
        }
    }

    private static func workingDirectory() -> String? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        // A path that is not UTF-8, or "(unreachable)…", can't be used to find files.
        return String(validatingCString: path).flatMap { $0.begins(with: "/") ? $0 : nil }
    }
}

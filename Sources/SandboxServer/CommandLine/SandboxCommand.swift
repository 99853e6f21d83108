import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program `parallel-sandbox`, from its arguments to its exit code.
package enum SandboxCommand {
    /// The API key that `run` sets for its command. It is no secret and works nowhere else.
    static let key = "sandbox-key"

    /// Runs the program and returns its exit code: 0, 1 if the server can't start, 2 for bad usage, or that of the
    /// command of `run`. Blocks the calling thread, which must be the main one, because it waits for signals.
    package static func main(_ arguments: [String]) -> Int32 {
        do {
            switch try SandboxArguments(arguments.dropFirst()) {
            case .help:
                try show(HelpText.usage)
            case .helpScenarios:
                try show(HelpText.scenarios)
            case .manual:
                try show(ManPage.text(as: name(arguments)))
            case .completion(let shell):
                try show(Completions.script(for: shell, as: name(arguments)))
            case .version:
                try show("parallel-sandbox \(SandboxVersion.number)\n")
            case .serve(let options, let readyFile):
                try serve(options, readyFile: readyFile)
            case .run(let options, let command):
                return try run(command, options)
            }
            return 0
        } catch let error as UsageError {
            StandardError.write("parallel-sandbox: \(error.description) (see 'parallel-sandbox --help')")
            return 2
        } catch {
            StandardError.write("parallel-sandbox: \(error)")
            return 1
        }
    }

    /// Writes what was asked for. Throws unless all of it was written.
    private static func show(_ text: String) throws(SystemFailure) {
        do throws(SystemError) {
            try FileDescriptor.write(text.utf8, to: STDOUT_FILENO)
        } catch {
            throw SystemFailure("cannot write to standard output", error)
        }
    }

    /// Returns the name by which the program was called, for documents that are installed with it.
    private static func name(_ arguments: [String]) -> String {
        arguments.first?.parts(between: "/").last.map(String.init) ?? "parallel-sandbox"
    }

    private static func serve(_ options: SandboxOptions, readyFile: String?) throws {
        let signals = SignalWait([SIGINT, SIGTERM])
        let sandbox = try start(options)
        StandardError.write("parallel-sandbox listening on \(sandbox.baseURL)")
        StandardError.write("Watch requests and runs, and make them fail, at \(sandbox.baseURL)/ in a browser")
        // Ignores a closed stdout, as nobody has to copy the lines.
        try? FileDescriptor.write(exports(of: sandbox).utf8, to: STDOUT_FILENO)
        if let readyFile { try Files.replace(readyFile, with: sandbox.baseURL + "\n") }
        _ = signals.next()
        if let readyFile { unlink(readyFile) }
    }

    private static func run(_ command: [String], _ options: SandboxOptions) throws -> Int32 {
        let inherited = OpenDescriptors()
        let signals = SignalWait([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD])
        let sandbox = try start(options)
        inherited.closeOthersOnExec()
        if isInteractiveShell(command) { StandardError.write(greeting(sandbox)) }
        var variables = Dictionary(uniqueKeysWithValues: variables(of: sandbox).map { ($0.name, $0.value) })
        variables["PARALLEL_API_URL"] = sandbox.baseURL
        return try ChildCommand(words: command, variables: variables).run(restoring: signals)
    }

    /// What a shell needs to use the sandbox and its models, and a webhook to check its signatures.
    private static func variables(of sandbox: Sandbox) -> [(name: String, value: String)] {
        [
            ("PARALLEL_BASE_URL", sandbox.baseURL), ("PARALLEL_API_KEY", key),
            ("PARALLEL_PLATFORM_URL", sandbox.baseURL),
            ("PARALLEL_SERVICE_API_URL", sandbox.baseURL + "/account"),
            ("PARALLEL_WEBHOOK_SECRET", WebhookSignature.sandboxSecret),
            // A real key of a model must not reach the sandbox, nor a test the real model.
            ("OPENAI_BASE_URL", sandbox.baseURL + "/openai/v1"), ("OPENAI_API_KEY", key),
            ("ANTHROPIC_BASE_URL", sandbox.baseURL + "/anthropic"), ("ANTHROPIC_API_KEY", key),
            ("GOOGLE_GEMINI_BASE_URL", sandbox.baseURL + "/gemini"), ("GEMINI_API_KEY", key),
            ("XAI_BASE_URL", sandbox.baseURL + "/xai"), ("XAI_API_KEY", key),
        ]
    }

    /// The variables as lines for a shell. No value needs quotes.
    private static func exports(of sandbox: Sandbox) -> String {
        variables(of: sandbox).map { "export \($0.name)=\($0.value)\n" }.joined()
    }

    // MARK: - Greeting

    private static func greeting(_ sandbox: Sandbox) -> String {
        """
        parallel-sandbox: parallel asks the sandbox here; answers are made up and free.
        Try: parallel task run 'Who founded Intel?'
        Watch it at \(sandbox.baseURL)/ in a browser.
        """
    }

    /// Whether `command` is a shell at which a person types.
    private static func isInteractiveShell(_ command: [String]) -> Bool {
        let name = command[0].parts(between: "/").last.map(String.init) ?? ""
        return ["ash", "bash", "dash", "fish", "ksh", "sh", "zsh"].contains(name)
            && command.dropFirst().allSatisfy { ["-i", "-l", "--login", "--norc", "--noprofile", "-f"].contains($0) }
            && [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].allSatisfy { isatty($0) == 1 }
    }

    /// Starts the server on other threads and waits until it listens.
    private static func start(_ options: SandboxOptions) throws -> Sandbox {
        signal(SIGPIPE, SIG_IGN)
        OpenDescriptors.raiseLimit()
        let outcome = BlockingQueue<Result<Sandbox, any Error>>()
        Task {
            do { outcome.append(.success(try await Sandbox.start(options))) } catch { outcome.append(.failure(error)) }
        }
        return try outcome.takeAll()[0].get()
    }
}

import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The error for an invalid command line, in one sentence.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// A parsed command line.
enum SandboxArguments {
    case help
    case helpScenarios
    case manual
    case completion(shell: String)
    case version
    case serve(SandboxOptions, readyFile: String?)
    case run(SandboxOptions, command: [String])

    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = Array(arguments)[...]
        switch rest.popFirst() {
        case "--help", "-h": self = .help
        case "--version": self = .version
        case "help" where rest.isEmpty: self = .help
        case "help" where rest == ["scenarios"]: self = .helpScenarios
        case "help" where rest == ["--man"]: self = .manual
        case "help": throw UsageError(description: "unknown help topic '\(rest.joined(separator: " "))'")
        case "completion":
            guard rest.count == 1, let shell = rest.first, Completions.shells.contains(shell) else {
                throw UsageError(description: "completion needs the name of a shell: bash, zsh or fish")
            }
            self = .completion(shell: shell)
        case "serve": self = try Self.command(&rest, takesCommand: false)
        case "run": self = try Self.command(&rest, takesCommand: true)
        case let word?: throw UsageError(description: "unknown command '\(word)'")
        case nil: throw UsageError(description: "a command is missing: serve, run or help")
        }
    }

    private static func command(
        _ rest: inout ArraySlice<String>, takesCommand: Bool
    ) throws(UsageError) -> SandboxArguments {
        var options = SandboxOptions()
        var readyFile: String?
        while let word = rest.first, word.begins(with: "-"), word != "--" {
            rest.removeFirst()
            let parts = word.parts(between: "=", maxSplits: 1).map(String.init)
            let name = parts[0]
            func value() throws(UsageError) -> String {
                guard let value = parts.count > 1 ? parts[1] : rest.popFirst(), !value.isEmpty else {
                    throw UsageError(description: "\(name) needs a value")
                }
                return value
            }
            switch name {
            case "--help", "-h": return .help
            case "--port" where !takesCommand:
                let text = try value()
                guard let port = UInt16(text) else {
                    throw UsageError(description: "--port: '\(text)' is no port number")
                }
                options.port = port
            case "--ready-file" where !takesCommand: readyFile = try value()
            case "--control-file": options.controlFile = try value()
            case "--log": options.logFile = try value()
            case "--log-responses":
                guard parts.count == 1 else { throw UsageError(description: "--log-responses takes no value") }
                options.logsResponses = true
            case "--examples":
                guard parts.count == 1 else { throw UsageError(description: "--examples takes no value") }
                options.givesExamples = true
            case "--rows-per-minute":
                let text = try value()
                guard let rows = Int(text), rows > 0 else {
                    throw UsageError(description: "--rows-per-minute: '\(text)' is no number above 0")
                }
                options.rowsPerMinute = rows
            case "--rate-window":
                // The unit may be written, as in 60s.
                let text = try value()
                let number = text.ends(with: "s") ? String(text.dropLast()) : text
                options.rateWindow = .seconds(try seconds(name, number))
            case "--verbose", "-v":
                guard parts.count == 1 else { throw UsageError(description: "\(name) takes no value") }
                // On a terminal, the command of `run` may have drawn a progress line, which is erased.
                let erasure = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
                options.showRequest = { StandardError.write(erasure + $0) }
            case "--balance": options.balance = try thousandths(name, try value())
            case "--token-lifetime": options.tokenLifetime = .seconds(try seconds(name, try value()))
            case "--delay": options.delay = try seconds(name, try value())
            case "--stream-limit": options.streamLimit = .seconds(try seconds(name, try value()))
            default: throw UsageError(description: "unknown option '\(name)'")
            }
        }
        if rest.first == "--" { rest.removeFirst() }
        if takesCommand, rest.isEmpty { throw UsageError(description: "run needs a command after --") }
        if !takesCommand, let word = rest.first { throw UsageError(description: "unexpected argument '\(word)'") }
        return takesCommand ? .run(options, command: Array(rest)) : .serve(options, readyFile: readyFile)
    }

    /// Reads an amount in dollars, and returns it in thousandths.
    private static func thousandths(_ name: String, _ text: String) throws(UsageError) -> Int {
        let isDecimal = text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        guard isDecimal, let dollars = Double(text), dollars <= 1_000_000_000 else {
            throw UsageError(description: "\(name): '\(text)' is no amount in dollars, such as 5 or 0.25")
        }
        return Int((dollars * 1000).rounded())
    }

    private static func seconds(_ name: String, _ text: String) throws(UsageError) -> Double {
        guard let seconds = Seconds.parse(text) else {
            throw UsageError(description: "\(name): '\(text)' is no number of seconds")
        }
        return seconds
    }
}

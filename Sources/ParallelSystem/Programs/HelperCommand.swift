/// A program of the user's that finds or keeps a secret: run without a shell, for a few seconds at most.
package enum HelperCommand {
    /// How long it may take.
    package static let limit = Duration.seconds(10)

    /// Why there is no answer of a program.
    package struct Failure: Error, Sendable, Equatable {
        /// The program, as it was called.
        package let program: String
        /// One sentence that repeats nothing the program has written.
        package let reason: String

        package init(program: String, reason: String) {
            self.program = program
            self.reason = reason
        }
    }

    /// Runs a program and returns the lines of its standard output. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - words: the program, which is looked up in PATH unless it has a slash in it, and its arguments.
    ///   - input: what it can read.
    ///   - isInterrupted: asked again and again; the program is ended once it returns true.
    ///   - note: gets each line of its standard error, on another thread.
    package static func run(
        _ words: [String], input: [UInt8] = [], within limit: Duration = limit, isInterrupted: () -> Bool = { false },
        note: @escaping @Sendable ([UInt8]) -> Void
    ) throws(Failure) -> [String] {
        func failure(_ reason: String) -> Failure { Failure(program: words[0], reason: reason) }
        let arrivals = BlockingQueue<ChildProgram.Arrival>()
        let child: ChildProgram
        do throws(SystemError) {
            child = try ChildProgram(ProgramLaunch(words), longestLine: UserFile.secretLimit) { arrival in
                if case .note(let line) = arrival { note(line) } else { arrivals.append(arrival) }
            }
        } catch {
            throw failure("it can't be started: \(error.reason)")
        }
        if !input.isEmpty { child.send(input) }
        child.closeInput()
        let elapsed = ContinuousClock().stopwatch()
        var lines: [String] = []
        var isRead = false
        while true {
            for arrival in arrivals.takeAll(timeout: .milliseconds(50)) {
                switch arrival {
                case .line(let line?) where lines.count < 100:
                    guard let text = String(validating: line, as: UTF8.self) else {
                        child.terminate(atOnce: true)
                        throw failure("it has written what is not text")
                    }
                    lines.append(text)
                case .line:
                    child.terminate(atOnce: true)
                    throw failure("it has written more than a secret")
                case .endOfOutput: isRead = true
                case .note: break
                }
            }
            // Its last words may still be on their way when it has ended.
            if isRead, child.ended.isOpen, let end = child.end {
                switch end {
                case .code(0): return lines
                case .code(let code): throw failure("it ended with code \(code)")
                case .signal(let number): throw failure("it was ended by signal \(number)")
                }
            }
            guard elapsed() < limit, !isInterrupted() else {
                child.terminate(atOnce: true)
                throw failure(
                    isInterrupted() ? "it was interrupted" : "it has not ended within \(limit.components.seconds) s")
            }
        }
    }
}

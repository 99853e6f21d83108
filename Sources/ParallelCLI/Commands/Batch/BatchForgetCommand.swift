import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel batch forget`: removes what a batch has left beside its output.
struct BatchForgetCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var words: [String] = []
        var isForced = false
        var output = OutputOptions()
    }

    static let name = "batch forget"

    static var command: Command {
        Command(
            summary: "Remove what a batch has left beside its output",
            description: """
                Removes OUT.batch, OUT.batch.results and the like, which are kept for --retry-failed, --add-new, 'batch \
                rerun' and 'batch results OUT'; never OUT itself. The names of the removed files are printed. The runs \
                and their results stay at Parallel. A batch that has not ended is only forgotten with --force, because \
                it can't be gone on with then.
                """,
            takesSettings: false,
            positionals: [
                Positional("OUT", .oneOrMore, completion: .file, summary: "output files of batches")
            ],
            defaults: Options(),
            flags: [
                Flag(
                    "force", summary: "Forget a batch that has not ended, or answers that are paid for",
                    details: "Its rows can't be run further then, and the same command would pay for all of them again."
                ) { $0.isForced = $1 }
            ] + OutputFlags.global().map { $0.embedded(at: \.output) },
            examples: [.init("parallel batch forget ceos.csv", "When its rows need no further run")],
            check: { options, words throws(UsageError) in options.words = words }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        for name in options.words {
            let removed = try forget(name)
            for path in removed { try output.write("\(path)\n") }
            if removed.isEmpty { output.note("nothing of a batch is beside \(name)") }
        }
        try output.finish()
        return .success
    }

    /// Removes the files, and returns their names. A name of the state file is understood, too.
    private func forget(_ name: String) throws -> [String] {
        let path = context.filePath(name)
        let beside = BatchFiles.statePath(ofOutput: path)
        let isState = !UserFile.exists(beside) && BatchSource.hasState(name, context)
        let decisions = path + ".decisions"
        do {
            // A file of somebody else, or of a command that is under way, is left alone.
            let answers =
                UserFile.exists(decisions)
                ? try? DecisionJournal(
                    decisions, shown: name + ".decisions", temporaryDirectory: context.temporaryDirectory) : nil
            if answers?.isEmpty == false, !options.isForced {
                throw UsageError(
                    "\(name).decisions has answers that are paid for, and not all rows have one",
                    hint: "--force removes it; the same 'batch decide' goes on with it")
            }
            var removed = try BatchFiles.forget(state: isState ? path : beside, output: isState ? nil : path) {
                header, groups in
                if !options.isForced { throw unfinished(name, header, groups) }
            }
            if let answers {
                answers.remove()
                removed.append(decisions)
            }
            return removed
        } catch let failure as BatchJournal.Failure {
            throw UsageError(failure)
        }
    }

    private func unfinished(_ name: String, _ header: BatchHeader?, _ groups: [String]) -> ErrorReport {
        let results = context.command(["batch", "results"], operands: groups.map(context.maskedWord))
        return ErrorReport(
            .usage,
            "the batch of \(name) has not ended: forgotten, it can't be gone on with, and its rows would be paid for again",
            hints: [
                header?.command?.on(header?.parts[.processor]?.string).hint("go on with it", context),
                "--force forgets it; what is paid is still to be had with: \(command: results)",
            ])
    }
}

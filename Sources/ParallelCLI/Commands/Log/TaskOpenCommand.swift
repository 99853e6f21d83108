import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel task open`: shows the page of a run or a group at the platform.
struct TaskOpenCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id: String?
        var output = OutputOptions()

        static let flags: [Flag<Options>] = OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "task open"

    static var command: Command {
        Command(
            summary: "Open the page of a run in the browser",
            description: """
                Opens the page that the platform has for a run or a group, where you are signed in; without an id, that \
                of the newest run of this machine. Without a browser or a terminal, prints its address.
                """,
            positionals: [
                Positional(
                    "ID", .optional, completion: .ids(of: "run"),
                    summary: "the id of a run or a group (default: the newest run)")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel task open trun_9907962f83aa4d9d98fd7f4bf745d654", "The page of a run"),
                .init("parallel task open", "That of the newest run of this machine"),
            ],
            check: { options, words throws(UsageError) in
                options.id = try words.first.map { word throws(UsageError) in
                    try ResourceID.checked(word, is: WorkID(word).isGroup ? .group : .run, in: "ID")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        var id = options.id ?? ""
        if options.id == nil, let log = context.log {
            let entry = try RecentIDs(log: log).newestRun()
            id = entry.id ?? ""
            output.note(RecentIDs.note("@last", entry))
        }
        let platform = try APIAddress(
            environment: context.environment, variables: [ParallelPlatform.variable], preset: ParallelPlatform.preset)
        let page = WorkID(id).isGroup ? "/view/task-run-group/" : "/play/deep-research/"
        let url = platform.url.appending(path: page + id).description
        if context.terminal.stdoutIsTerminal, await context.openBrowser(url) {
            output.note("opened \(url)")
        } else {
            try output.write(networkText: url)
            try output.finish()
        }
        return .success
    }
}

import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `completion install` and `completion uninstall`, in homes of their own.
@Suite(.timeLimit(.minutes(10))) struct CompletionInstallTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func completion(
        _ words: String..., program: String = "parallel", parent: String? = nil, environment: [String: String] = [:]
    ) async -> (code: ExitCode, output: String, errors: String) {
        var context = Context.test(ScriptedTransport([]), environment: environment, directory: home.path)
        context.programName = program
        context.parentName = { parent }
        let code = await Run.run(["completion"] + words, context)
        return (code, context.streams.capturedOutput, context.streams.capturedError)
    }

    private static let places: [Completions.Shell: String] = [
        .bash: ".local/share/bash-completion/completions/parallel",
        .zsh: ".local/share/zsh/site-functions/_parallel",
        .fish: ".config/fish/completions/parallel.fish",
    ]

    @Test(arguments: Completions.Shell.allCases)
    func `the script goes where the shell looks for it, once, and can be taken away`(shell: Completions.Shell)
        async throws
    {
        let path = home.file(try #require(Self.places[shell]))
        let run = await completion("install", shell.rawValue)
        #expect(run.code == .success && run.output.isEmpty && run.errors.hasPrefix("wrote \(path)\n"), "\(run.errors)")
        #expect(Disk.text(path) == Completions(program: "parallel", tree: .program).script(for: shell))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o733 == 0o600)
        let again = await completion("install", shell.rawValue)
        #expect(again.code == .success && again.errors == "\(path) is up to date\n")
        let removed = await completion("uninstall", shell.rawValue)
        #expect(removed.code == .success && removed.errors == "removed \(path)\n" && !UserFile.exists(path))
        #expect(await completion("uninstall", shell.rawValue).errors == "there is no \(path)\n")
    }

    @Test func `the shell that called counts before that of the login, and a name before both`() async {
        #expect(
            await completion("install", parent: "fish", environment: ["SHELL": "/bin/bash"]).errors.contains("fish"))
        #expect(
            await completion("install", parent: "make", environment: ["SHELL": "/bin/zsh"]).errors.contains("_parallel")
        )
        #expect(await completion("install", "bash", parent: "fish").errors.contains("bash-completion"))
        let unknown = await completion("install", parent: "tcsh", environment: ["SHELL": "/bin/tcsh"])
        #expect(unknown.code == .usage && unknown.errors.contains("name one: bash, zsh or fish"))
    }

    @Test func `an old script is brought up to date, under the program's own name`() async throws {
        let folder = ".config/fish/completions"
        try Directory.create(home.file(folder))
        try home.write("# fish completion for pll. \(Completions.header(of: "pll"))\nold\n", to: "\(folder)/pll.fish")
        let run = await completion("install", "fish", program: "pll")
        #expect(run.code == .success && run.errors.hasPrefix("wrote "))
        #expect(Disk.text(home.file("\(folder)/pll.fish"))?.contains("complete -c pll") == true)
    }

    @Test func `a folder in its place is left alone`() async throws {
        try Directory.create(home.file(try #require(Self.places[.bash])))
        for action in ["install", "uninstall"] {
            let run = await completion(action, "bash")
            #expect(
                run.code == .usage
                    && run.errors.contains("/parallel is no file\n  it is left alone; move it away first"))
        }
    }

    @Test func `a file that it did not write is left alone, and so is a link`() async throws {
        let path = try #require(Self.places[.bash])
        try Directory.create(Directory.containing(home.file(path)))
        try home.write("complete -W mine parallel\n", to: path)
        for action in ["install", "uninstall"] {
            let run = await completion(action, "bash")
            #expect(
                run.code == .usage && run.errors.contains("was not written by 'parallel completion'"), "\(run.errors)")
        }
        #expect(Disk.text(home.file(path)) == "complete -W mine parallel\n")
        UserFile.remove(home.file(path))
        #expect(symlink("/dev/null", home.file(path)) == 0)
        #expect(await completion("install", "bash").errors.contains("is a link"))
        #expect(UserFile.isLink(home.file(path)))
    }

    @Test func `folders of the environment count, and no home is made`() async throws {
        let data = home.file("my data")
        let bash = await completion("install", "bash", environment: ["XDG_DATA_HOME": data])
        #expect(bash.errors.contains("wrote \(data)/bash-completion/completions/parallel"))
        #expect(bash.errors.contains("source '\(data)/bash-completion/completions/parallel'"), "\(bash.errors)")
        let own = await completion("install", "bash", environment: ["BASH_COMPLETION_USER_DIR": home.file("own")])
        #expect(own.errors.contains("wrote \(home.file("own"))/completions/parallel"))
        let zsh = await completion("install", "zsh", environment: ["FPATH": "/usr/share/zsh:\(home.path)/z:/x"])
        #expect(zsh.errors == "wrote \(home.path)/z/_parallel\nnew shells complete with it\n")
        for nowhere in ["", "/nonexistent", "relative"] {
            let run = await completion("install", "fish", environment: ["HOME": nowhere])
            #expect(run.code == .usage && run.errors.contains("HOME is not set to a folder"))
        }
        #expect(!UserFile.exists("/nonexistent"))
    }

    @Test func `a folder that can't be written to is an error with its name`() async throws {
        try home.write("", to: "file")
        let run = await completion("install", "fish", environment: ["XDG_CONFIG_HOME": home.file("file")])
        #expect(run.code == .unexpected && run.errors.contains(home.file("file")), "\(run.errors)")
    }

    @Test func `zsh is told what its startup file needs`() async {
        let run = await completion("install", "zsh")
        #expect(run.errors.contains("before compinit: fpath=(\(home.path)/.local/share/zsh/site-functions $fpath)"))
    }

    @Test func `the program knows values that scripts ask for`() async throws {
        try Directory.create(home.file(".config/parallel"))
        try home.write(
            #"{"mcpServers":{"crm":{"url":"https://crm.example/mcp"}}}"#, to: ".config/parallel/mcp.json", mode: 0o600)
        try home.write(#"{"profiles":{"work":{"processor":"lite"}}}"#, to: ".config/parallel/config.json", mode: 0o600)
        #expect(await completion("values", "servers=").output.hasPrefix("crm\t\n"))
        #expect(await completion("values", "profiles=").output == "work\t\n")
        #expect(await completion("values", "settings=mode").output.contains("fast\t\n"))
        #expect(await completion("values", "settings=base-url").output == "")
        #expect(await completion("values", "settings=nothing").output == "")
        #expect(await completion("values", "run=").output == "")
        try Directory.create(home.file("parallel"))
        let lines = (1...600).flatMap { number in
            [
                #"{"key":"\#(number)","time":\#(number),"kind":"run","words":"q\#(number)\n","status":"creating"}"#,
                #"{"key":"\#(number)","id":"trun_\#(number)","padding":"\#(String(repeating: "x", count: 400))"}"#,
            ]
        }
        try home.write(lines.joined(separator: "\n") + "\n", to: "parallel/log.jsonl", mode: 0o600)
        let ids = await completion("values", "run=trun_").output.split(separator: "\n")
        #expect(ids.count == 20 && ids.first == "trun_600\tq600 ", "\(ids)")
        let places = await completion("values", "run=@").output.split(separator: "\n")
        #expect(places.prefix(2) == ["@last\tq600 ", "@2\tq599 "], "\(places)")
        for broken in ["config.json", "mcp.json"] { try home.write("{", to: ".config/parallel/\(broken)", mode: 0o600) }
        #expect(await completion("values", "profiles=").code == .success)
        #expect(await completion("values", "run=").output.hasPrefix("trun_600\t"))
    }
}

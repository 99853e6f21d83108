import ParallelCLI
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// The commands that look after settings.
@Suite(.timeLimit(.minutes(10))) struct ConfigCommandTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file(".config/parallel/config.json") }

    init() throws { directory = try TemporaryDirectory() }

    private func config(
        _ words: String..., adding variables: [String: String] = [:], terminal: TerminalInfo = TerminalInfo()
    ) async -> CommandRun {
        await CommandRun(
            ["config"] + words, terminal: terminal, environment: ["PARALLEL_API_KEY": ""].merging(variables) { $1 },
            directory: directory.path)
    }

    private func write(_ text: String) async throws {
        _ = await config("set", "mode", "fast")
        try directory.write(text, to: ".config/parallel/config.json")
    }

    @Test func `what is set is got, listed, and unset again`() async throws {
        let set = await config("set", "processor", "core")
        #expect(set.code == .success && set.output == "" && set.errors == "processor is core now, in \(path)\n")
        #expect(Disk.text(path) == "{\n  \"processor\": \"core\"\n}\n" && Disk.mode(path) == 0o600)
        let get = await config("get", "processor")
        #expect(get.code == .success && get.output == "core\n" && get.errors == "")
        #expect(await config("list").output.contains("\nprocessor\tcore\tconfig\t\(path)\n"))
        let unset = await config("unset", "processor")
        #expect(unset.code == .success && unset.errors == "processor is no longer set in \(path)\n")
        let again = await config("unset", "processor")
        #expect(again.code == .success && again.errors == "processor was not set in \(path)\n")
        let none = await config("get", "processor")
        #expect(none.code == .unexpected && none.output == "" && none.errors == "")
    }

    @Test func `a processor that nobody knows is set with a warning, as the API may know it`() async throws {
        let set = await config("set", "processor", "croe")
        #expect(set.code == .success && Disk.text(path) == "{\n  \"processor\": \"croe\"\n}\n")
        #expect(
            set.errors.hasSuffix(
                "warning: this version knows no processor 'croe'; the API decides about it; did you mean 'core'?\n"),
            "\(set.errors)")
        #expect(await config("set", "processor", "pro-fast").errors.contains("warning") == false)
        #expect(await config("set", "timeout", "5m").errors.contains("warning") == false)
    }

    @Test func `a profile has settings of its own`() async throws {
        _ = await config("set", "processor", "core")
        let set = await config("set", "--profile", "work", "processor", "pro")
        #expect(set.errors == "processor is pro now, in profile 'work' in \(path)\n")
        #expect(await config("get", "processor").output == "core\n")
        #expect(await config("get", "processor", "--profile", "work").output == "pro\n")
        #expect(await config("get", "processor", adding: ["PARALLEL_PROFILE": "work"]).output == "pro\n")
        #expect(await config("list", "--profile=work").output.contains("processor\tpro\tprofile\twork\n"))
        _ = await config("unset", "processor", adding: ["PARALLEL_PROFILE": "work"])
        #expect(await config("get", "processor", "--profile", "work").output == "core\n")
    }

    @Test func `a variable counts before what is set, and that is said`() async throws {
        let variable = ["PARALLEL_PROCESSOR": "lite"]
        let set = await config("set", "processor", "core", adding: variable)
        #expect(set.errors.hasSuffix("warning: PARALLEL_PROCESSOR counts before it: processor is lite\n"))
        #expect(await config("get", "processor", adding: variable).output == "lite\n")
        #expect(await config("list", adding: variable).output.contains("processor\tlite\tenvironment\tPARALLEL_PROC"))
        _ = await config("set", "processor", "pro", "--profile", "default")
        let covered = await config("set", "processor", "base")
        #expect(covered.errors.contains("warning: profile 'default' in \(path) counts before it"), "\(covered.errors)")
    }

    private static let refused: [([String], String)] = [
        (["set", "proccesor", "core"], "did you mean 'processor'?"),
        (["set", "confirm_above", "1"], "did you mean 'confirm-above'?"),
        (["set", "format", "cvs"], "did you mean 'csv'?"), (["set", "confirm-above", "lots"], "no amount in USD"),
        (["set", "timeout", "soon"], "'soon' is no duration"), (["set", "mode", "fats"], "did you mean 'fast'?"),
        (["set", "location", "usa"], "two-letter"), (["set", "generator", "huge"], "none of preview, base"),
        (["set", "processor", " "], "the name is empty"), (["set", "base-url", "ftp://x"], "starts with https://"),
        (["set", "base-url", "http://a.example"], "use https for a.example"), (["set", "base-url", ""], "base-url: "),
        (["set", "yes", "on"], "the settings are: allowed-hosts, audit-log, base-url, budget"),
        (["set", "processor=core"], "as a word of its own"),
        (["get", "api-key"], "'login --with-key'"), (["unset", "nothing"], "is no setting"), (["get"], "missing NAME"),
        (["set", "-p", "core"], "unknown flag -p"),
        (["set", "--profile", "a b", "mode", "fast"], "no name of a login"),
        (["list", "x"], "unexpected argument 'x'"),
    ]

    @Test(arguments: refused)
    func `what can't be set is refused, and no file is made`(words: [String], message: String) async throws {
        let run = await CommandRun(["config"] + words, directory: directory.path)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
        #expect(Disk.text(path) == nil)
    }

    @Test(arguments: ["api-key", "key", "PARALLEL_API_KEY", "access_token", "client-secret", "password", "ApiKey"])
    func `a secret is no setting, and is not shown`(name: String) async throws {
        let run = await config("set", name, "sk-4711-do-not-show")
        #expect(run.code == .usage && run.errors.contains("'login --with-key' keeps one that you have"))
        #expect(!run.errors.contains("4711") && Disk.text(path) == nil)
    }

    @Test func `a password in an address is neither kept nor shown`() async throws {
        let run = await config("set", "base-url", "https://me:hunter2@a.example")
        #expect(run.code == .usage && !run.errors.contains("hunter2") && Disk.text(path) == nil)
        try await write(#"{"base-url":"https://me:hunter2@a.example"}"#)
        let list = await config("list")
        #expect(!list.output.contains("hunter2") && !list.errors.contains("hunter2"))
        #expect(list.errors.contains("warning: \(path): base-url: "), "\(list.errors)")
    }

    @Test func `every setting with a value is listed as JSON, and its name can be completed`() async throws {
        _ = await config("set", "timeout", "10m")
        let list = await config("list", "--json", adding: ["PARALLEL_BASE_URL": "http://127.0.0.1:1"])
        let entries = try #require(try JSONValue.parse(list.output).array)
        func entry(_ name: String) -> String? { entries.first { $0["name"]?.string == name }?.serialized() }
        #expect(
            entry("timeout") == #"{"name":"timeout","value":"10m","source":"config","from":"\#(path)"}"#)
        #expect(
            entry("base-url")
                == #"{"name":"base-url","value":"http://127.0.0.1:1","source":"environment","from":"PARALLEL_BASE_URL"}"#
        )
        #expect(entry("format") == #"{"name":"format","value":null,"source":"built in","from":null}"#)
        let bash = await CommandRun(["completion", "bash"]).output
        for name in entries.compactMap({ $0["name"]?.string }) { #expect(bash.contains(name)) }
    }

    @Test func `on a terminal it is a table that says what settings are for`() async throws {
        let screen = TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true)
        let list = await config("list", terminal: screen)
        #expect(list.output.contains("setting") && list.output.contains("Mode of 'search'"), "\(list.output)")
    }

    // MARK: - Odd files

    @Test func `a broken file is left alone, and its path and line are named`() async throws {
        try await write("{\n\"mode\": fast}")
        for words in [["set", "mode", "basic"], ["unset", "mode"], ["get", "mode"], ["list"]] {
            let run = await CommandRun(["config"] + words, directory: directory.path)
            #expect(run.code == .usage && run.errors.contains("error: \(path): ") && run.errors.contains("line 2"))
            #expect(run.errors.contains("PARALLEL_CONFIG=/dev/null"))
        }
        #expect(Disk.text(path) == "{\n\"mode\": fast}")
        let place = await config("path")
        #expect(place.code == .success && place.output == path + "\n")
    }

    @Test func `a broken value and an unknown name are listed, and can be taken away`() async throws {
        try await write(#"{"mode":"fats","speed":"high","profiles":{"work":{"pace":1}}}"#)
        let list = await config("list", "--profile", "work")
        #expect(list.code == .success && list.output.contains("mode\tfats\tconfig"))
        #expect(list.errors.contains("warning: \(path): mode: 'fats' is no mode"))
        #expect(list.errors.contains("warning: \(path): there is no setting 'speed'"))
        #expect(list.errors.contains("warning: profile 'work' in \(path): there is no setting 'pace'"))
        #expect(await config("unset", "speed").code == .success)
        #expect(await config("unset", "pace", "--profile", "work").code == .success)
        #expect(await config("unset", "mode").code == .success)
        #expect(Disk.text(path) == "{}")
    }

    @Test func `without a place for a file that is said`() async {
        for words in [["path"], ["list"], ["get", "mode"], ["set", "mode", "fast"]] {
            let run = await CommandRun(["config"] + words, environment: ["HOME": ""])
            #expect(run.code == .usage && run.errors.contains("there is no place for settings"), "\(run.errors)")
        }
        let named = await CommandRun(["config", "path"], environment: ["HOME": "", "PARALLEL_CONFIG": "/x/y.json"])
        #expect(named.output == "/x/y.json\n")
        let relative = await CommandRun(["config", "path"], environment: ["PARALLEL_CONFIG": "y.json"])
        #expect(relative.code == .usage && relative.errors.contains("PARALLEL_CONFIG: 'y.json' is no absolute path"))
    }
}

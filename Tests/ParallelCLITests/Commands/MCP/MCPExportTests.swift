import ParallelCLI
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `mcp export`: what goes to standard output and into a folder, and how the two are compared later.
@Suite(.timeLimit(.minutes(10))) struct MCPExportTests {
    private static let find: JSONValue = [
        "name": "crm.find", "description": "Finds accounts.",
        "inputSchema": [
            "type": "object", "properties": ["name": ["type": "string"]], "required": ["name"],
            "additionalProperties": false,
        ],
    ]
    private static let bare: JSONValue = ["name": "bare"]

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func export(
        _ words: String..., tools: JSONValue = [Self.find, Self.bare], server: String = MCPRun.url
    ) async -> CommandRun {
        await MCPRun.run(
            ["export", server] + words, ScriptedMCPServer.modern(tools: tools), environment: ["T": "tok-4711"],
            directory: directory.path)
    }

    private var files: [String] { Self.files(in: directory.file("out")) }

    private static func files(in folder: String, _ prefix: String = "") -> [String] {
        Disk.names(in: folder).sorted().flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return Disk.names(in: path).isEmpty ? [prefix + name] : files(in: path, "\(prefix)\(name)/")
        }
    }

    // MARK: - Standard output

    @Test(arguments: [
        (
            "openai",
            #"[{"type":"function","name":"bare","parameters":{"type":"object","properties":{}},"strict":false},"#
                + #"{"type":"function","name":"crm_find","description":"Finds accounts.","parameters":SCHEMA,"strict":true}]"#
        ),
        (
            "openai-chat",
            #"[{"type":"function","function":{"name":"bare","parameters":{"type":"object","properties":{}},"strict":false}},"#
                + #"{"type":"function","function":{"name":"crm_find","description":"Finds accounts.","parameters":SCHEMA,"strict":true}}]"#
        ),
        (
            "anthropic",
            #"[{"name":"bare","input_schema":{"type":"object","properties":{}}},"#
                + #"{"name":"crm_find","description":"Finds accounts.","input_schema":SCHEMA}]"#
        ),
        (
            "gemini",
            #"[{"functionDeclarations":[{"name":"bare","description":"bare","parametersJsonSchema":{"type":"object","properties":{}}},"#
                + #"{"name":"crm_find","description":"Finds accounts.","parametersJsonSchema":SCHEMA}]}]"#
        ),
        ("json-schema", #"{"bare":{"type":"object","properties":{}},"crm.find":SCHEMA}"#),
        (
            "mcp",
            #"{"tools":[{"name":"bare"},{"name":"crm.find","description":"Finds accounts.","inputSchema":SCHEMA}]}"#
        ),
    ])
    func `without a folder, the definitions are printed as a request takes them`(shape: String, expected: String) async
    {
        let schema =
            #"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}"#
        let run = await export("--as", shape)
        #expect(run.code == .success)
        #expect(run.output == expected.replacing("SCHEMA", with: schema) + "\n")
        let renames = !["json-schema", "mcp"].contains(shape)
        #expect(run.errors == (renames ? "note: the tool 'crm.find' is called 'crm_find' there\n" : ""))
    }

    @Test func `two tools of one name are refused, until one is chosen`() async {
        let tools: JSONValue = [["name": "a.b"], ["name": "a b"], ["name": "c"]]
        let refused = await export("--as", "anthropic", tools: tools)
        #expect(refused.code == .usage && refused.output == "")
        #expect(refused.errors.contains("'a b' and 'a.b' would both be called 'a_b'"), "\(refused.errors)")
        let chosen = await export("--as", "anthropic", "--allow-tool", "a b", "--allow-tool", "c", tools: tools)
        #expect(chosen.code == .success && chosen.output.contains("a_b"))
        #expect(await export("--as", "mcp", "--allow-tool", "a_b", tools: tools).errors.contains("did you mean 'a.b'?"))
    }

    @Test func `a tool whose arguments are no object is left out, and the others are not`() async {
        let run = await export(
            "--as", "openai", tools: [["name": "odd", "inputSchema": ["type": "string"]], Self.bare])
        #expect(run.code == .partial && run.output.contains("bare") && !run.output.contains("odd"))
        #expect(run.errors.contains("'odd' is left out"))
        #expect(await export("--as", "openai", tools: []).code == .refused)
    }

    @Test(arguments: [
        [], ["--as", "ai-sdk"], ["--check"], ["--as", "typescript", "-o", "x"],
        ["--check", "-o", "x", "--allow-tool", "a"],
    ])
    func `what is missing is named before anything is sent`(words: [String]) async {
        let server = ScriptedMCPServer.modern()
        let run = await MCPRun.run(["export", MCPRun.url] + words, server, directory: directory.path)
        #expect(run.code == .usage && server.calls.isEmpty)
    }

    // MARK: - A folder

    @Test func `a folder gets a file for each tool, an index and a lock`() async throws {
        let run = await export("--as", "openai", "-o", "out")
        #expect(run.code == .success && run.output == "")
        #expect(files == ["index.json", "parallel-export.lock.json", "tools/bare.json", "tools/crm_find.json"])
        let lock = try JSONValue.parse(Disk.text(directory.file("out/parallel-export.lock.json")) ?? "")
        #expect(lock["as"] == "openai" && lock["server"]?["url"] == .string(MCPRun.url))
        #expect(lock["server"]?["version"] == "2" && lock["tools"]?[1]?["name"] == "crm_find")
        #expect(lock["tools"]?[1]?["definition"] == Self.find && lock["tools"]?[1]?["sha256"]?.string?.utf8.count == 64)
        let again = await export("--as", "openai", "-o", "out")
        #expect(again.code == .success && again.errors.contains("up to date"))
        #expect(await export("--check", "-o", "out").code == .success)
    }

    @Test func `a comparison tells the server's changes from the user's, and writes nothing`() async throws {
        _ = await export("--as", "openai", "-o", "out")
        try directory.write("{}\n", to: "out/tools/bare.json")
        let edited = await export("--check", "-o", "out")
        #expect(edited.code == .success && edited.output == "")
        #expect(edited.errors.contains("tools/bare.json was edited"))

        let now: JSONValue = [["name": "crm.find", "description": "Other."], ["name": "new"], Self.bare]
        let before = Disk.text(directory.file("out/index.json"))
        let changed = await export("--check", "-o", "out", tools: now)
        #expect(changed.code == .partial)
        #expect(changed.output.hasPrefix("crm.find\tchanged\tdescription\tFinds accounts.\tOther.\n"))
        #expect(changed.output.contains("\nnew\tadded\t"))
        #expect(Disk.text(directory.file("out/index.json")) == before)
        let json = try JSONValue.parse(await export("--check", "-o", "out", "--json", tools: now).output)
        #expect(json.array?.contains { $0["file"] == "tools/bare.json" && $0["change"] == "edited" } == true)
        #expect(await export("--check", "-o", "out", tools: []).code == .partial)

        let refused = await export("--as", "openai", "-o", "out", tools: now)
        #expect(refused.code == .usage && refused.errors.contains("out/tools/bare.json"))
        #expect(Disk.text(directory.file("out/index.json")) == before)
        let forced = await export("--as", "openai", "-o", "out", "--force", tools: [["name": "new"], Self.bare])
        #expect(forced.code == .success)
        #expect(files == ["index.json", "parallel-export.lock.json", "tools/bare.json", "tools/new.json"])
        #expect(await export("--check", "-o", "out", tools: [Self.bare, ["name": "new"]]).code == .success)
    }

    @Test func `the order in which a server lists and writes is no change`() async {
        _ = await export("--as", "ai-sdk", "-o", "out")
        let other: JSONValue = [
            Self.bare,
            [
                "inputSchema": [
                    "additionalProperties": false, "required": ["name"], "properties": ["name": ["type": "string"]],
                    "type": "object",
                ], "description": "Finds accounts.", "name": "crm.find",
            ],
        ]
        #expect(await export("--check", "-o", "out", tools: other).code == .success)
        #expect(await export("--as", "ai-sdk", "-o", "out", tools: other).errors.contains("up to date"))
    }

    @Test func `an entry that allows some tools only has these exported`() async throws {
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(
            #"{"mcpServers": {"crm": {"url": "https://crm.example/mcp", "allowedTools": ["bare", "gone"]}}}"#,
            to: ".config/parallel/mcp.json")
        let run = await export("--as", "mcp", "--allow-tool", "bare", server: "crm")
        #expect(run.output == #"{"tools":[{"name":"bare"}]}"# + "\n")
        #expect(await export("--as", "mcp", "-o", "-", server: "crm").output == run.output)
    }

    @Test func `a comparison is of the tools that were chosen`() async {
        _ = await export("--as", "openai", "-o", "out", "--allow-tool", "bare")
        #expect(await export("--check", "-o", "out").code == .success)
        #expect(await export("--check", "-o", "out", tools: [Self.find]).output == "bare\tremoved\t\t\t\n")
    }

    @Test func `a folder with the export of another server is replaced only by force`() async throws {
        _ = await export("--as", "openai", "-o", "out", tools: [Self.bare])
        let path = directory.file("out/parallel-export.lock.json")
        let old = try #require(Disk.text(path)).replacing(MCPRun.url, with: "https://other.example/mcp")
        try directory.write(old, to: "out/parallel-export.lock.json")
        let refused = await export("--as", "openai", "-o", "out")
        #expect(refused.code == .usage && refused.errors.contains("of another server, https://other.example/mcp"))
        #expect(Disk.text(path) == old && !files.contains("tools/crm_find.json"))
        #expect(await export("--as", "openai", "-o", "out", "--force").code == .success)
        #expect(Disk.text(path)?.contains(MCPRun.url) == true)
    }

    @Test func `a comparison with another server says so, as writing does, and its command works`() async throws {
        let other = "https://other.example/mcp"
        // Only the lock has the URL.
        _ = await export("--as", "openai", "-o", "out", server: other)
        let check = await export("-o", "out", "--check")
        #expect(
            check.code == .partial && check.output.hasPrefix("parallel-export.lock.json\toutdated\t"), "\(check.output)"
        )
        #expect(check.errors.contains("note: the folder has an export of another server, \(other)\n"))
        #expect(check.errors.contains(" --force"), "\(check.errors)")
        #expect(await export("--as", "openai", "-o", "out").code == .usage)
        #expect(await export("--as", "openai", "-o", "out", "--force").code == .success)
        #expect(await export("-o", "out", "--check").code == .success)
    }

    @Test(arguments: ["plain", "/dev/null"], [[], ["--force"]])
    func `what is no folder is left alone`(name: String, more: [String]) async throws {
        try directory.write("mine", to: "plain")
        let run = await MCPRun.run(
            ["export", MCPRun.url, "--as", "openai", "-o", name] + more, ScriptedTransport([]),
            directory: directory.path)
        #expect(run.code == .usage && run.errors.hasPrefix("error: \(name) is no folder\n"), "\(run.errors)")
        #expect(Disk.text(directory.file("plain")) == "mine")
    }

    @Test func `an entry that allows none of the tools that there are is a mistake`() async throws {
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(
            #"{"mcpServers": {"crm": {"url": "\#(MCPRun.url)", "allowedTools": ["gone", "lost"]}}}"#,
            to: ".config/parallel/mcp.json")
        let run = await export("--as", "mcp", server: "crm")
        #expect(run.code == .usage && run.errors.contains("none of the tools that its entry allows: gone, lost"))
        #expect(run.errors.contains("--allow-tool"), "\(run.errors)")
    }

    @Test func `a folder with other files is left alone`() async throws {
        try Directory.create(directory.file("out"))
        try directory.write("mine", to: "out/index.json")
        let run = await export("--as", "openai", "-o", "out")
        #expect(run.code == .usage && files == ["index.json"])
        #expect(await export("--check", "-o", "out").code == .usage)
        #expect(await export("--as", "openai", "-o", "out/index.json").code != .success)
        #expect(Disk.text(directory.file("out/index.json")) == "mine")
    }

    @Test(arguments: ["tools.json", "a/b.TS", "x.md"])
    func `a name of a file is no folder`(name: String) async {
        let run = await export("--as", "openai", "-o", name)
        #expect(run.code == .usage && run.errors.contains("-o \(name)/"), "\(run.errors)")
        #expect(await export("--as", "openai", "-o", "out.json/").code == .success)
        #expect(Disk.names(in: directory.file("out.json")).contains("index.json"))
    }

    @Test func `a drift names the command that accepts it`() async {
        _ = await export("--as", "openai", "-o", "out", "--allow-tool", "bare")
        let check = await export("--check", "-o", "out", tools: [["name": "bare", "title": "B"]])
        let command = "parallel mcp export \(MCPRun.url) --as openai -o out --allow-tool bare"
        #expect(check.errors == "to accept that and write the files again: \(command)\n")
    }

    @Test func `a hash that somebody edited in the lock is no difference`() async throws {
        _ = await export("--as", "mcp", "-o", "out")
        let path = directory.file("out/parallel-export.lock.json")
        let old = try #require(Disk.text(path))
        let hash = try #require(try JSONValue.parse(old)["tools"]?[0]?["sha256"]?.string)
        let zeros = String(repeating: "0", count: 64)
        try directory.write(old.replacing(hash, with: zeros), to: "out/parallel-export.lock.json")
        let check = await export("--check", "-o", "out")
        #expect(check.code == .success && check.output == "", "\(check.output)")
    }

    @Test(arguments: ["parallel-search", "parallel-task", "https://search.parallel.ai/mcp"])
    func `an export of one of Parallel's servers is the same with a key and without`(server: String) async {
        func run(_ words: [String], key: String) async -> CommandRun {
            await MCPRun.run(
                ["export", server, "-o", "out"] + words, ScriptedMCPServer.modern(tools: [Self.bare]),
                environment: ["PARALLEL_API_KEY": key], directory: directory.path)
        }
        #expect(await run(["--as", "ai-sdk"], key: "key-4711").code == .success)
        let client = Disk.text(directory.file("out/client.ts")) ?? ""
        let isOptional = client.contains(#"...((process.env["PARALLEL_API_KEY"] ? { Authorization: "Bearer " + "#)
        #expect(isOptional == (server != "parallel-task") && client.contains("Authorization"), "\(client)")
        if server != "parallel-task" {
            let check = await run(["--check"], key: "")
            #expect(check.code == .success, "\(check.output)\(check.errors)")
        }
    }

    @Test func `files beside an export stay, and one in the place of a new file is not replaced`() async throws {
        _ = await export("--as", "openai", "-o", "out", tools: [Self.bare])
        try directory.write("mine", to: "out/notes.md")
        try directory.write("mine", to: "out/tools/crm_find.json")
        #expect(await export("--as", "openai", "-o", "out").code == .usage)
        #expect(Disk.text(directory.file("out/tools/crm_find.json")) == "mine")
        #expect(await export("--as", "openai", "-o", "out", "--force").code == .success)
        #expect(Disk.text(directory.file("out/notes.md")) == "mine")
        #expect(await export("--as", "gemini", "-o", "out").errors.contains("has an export for openai"))
    }

    @Test(arguments: ["tools", "index.json", "parallel-export.lock.json"])
    func `nothing is written through a link`(name: String) async throws {
        _ = await export("--as", "openai", "-o", "out")
        let path = directory.file("out/\(name)")
        #expect(rename(path, directory.file("elsewhere")) == 0 && symlink(directory.file("elsewhere"), path) == 0)
        let run = await export("--as", "openai", "-o", "out", "--force", tools: [["name": "other"]])
        #expect(run.code == .usage && run.errors.contains("out/\(name) is a link"), "\(run.errors)")
        #expect(!Self.files(in: directory.path).contains { $0.contains("other") })
    }

    @Test func `a lock that came with a clone can't have files outside removed`() async throws {
        _ = await export("--as", "openai", "-o", "out")
        try directory.write("mine", to: "victim")
        let lock = Disk.text(directory.file("out/parallel-export.lock.json")) ?? ""
        let hash = SHA256.digits(of: Array("mine".utf8))
        let planted = lock.replacing(
            "\"files\": {", with: "\"files\": {\"../victim\": \"\(hash)\", \"\(directory.path)/victim\": \"\(hash)\", ")
        #expect(planted != lock)
        try directory.write(planted, to: "out/parallel-export.lock.json")
        #expect(await export("--as", "openai", "-o", "out").code == .success)
        #expect(Disk.text(directory.file("victim")) == "mine")
        try directory.write("{", to: "out/parallel-export.lock.json")
        #expect(await export("--as", "openai", "-o", "out").errors.contains("lock.json is broken"))
    }

    @Test func `no file holds a value of a header, a literal one neither`() async throws {
        try directory.write(
            #"""
            {"mcpServers": {"crm": {"url": "https://crm.example/a/mcp?key=lit-4711x", "headers": {
              "Accept-Language": "de", "Authorization": "Bearer ${T}", "X-Lit": "lit-4712x", "X-Both": "pre-4713x ${T:-def-4714x}"
            }}}}
            """#, to: "mcp.json")
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(Disk.text(directory.file("mcp.json")) ?? "", to: ".config/parallel/mcp.json")
        let tools: JSONValue = [["name": "find", "description": "Send tok-4711 or lit-4711x or lit-4712x."]]
        #expect(await export("--as", "ai-sdk", "-o", "out", tools: tools, server: "crm").code == .success)
        for file in files {
            let text = try #require(Disk.text(directory.file("out/\(file)")))
            #expect(!text.contains("471"), "\(file): \(text)")
        }
        let client = Disk.text(directory.file("out/client.ts")) ?? ""
        #expect(client.contains(#"new URL(variable("CRM_URL"))"#))
        #expect(client.contains(#"Authorization: "Bearer " + variable("T"),"#))
        #expect(client.contains(#""Accept-Language": "de","#))
        #expect(client.contains(#""X-Lit": variable("CRM_X_LIT"),"#))
        #expect(client.contains(#""X-Both": variable("CRM_X_BOTH"),"#))
        let readme = Disk.text(directory.file("out/README.md")) ?? ""
        #expect(readme.contains("- `CRM_URL`\n- `T`\n- `CRM_X_LIT`\n- `CRM_X_BOTH`\n"))
        #expect(readme.contains("parallel mcp export crm -o . --check\n"))
    }
}

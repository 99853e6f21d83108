import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

extension RegistryFixture {
    /// Runs `parallel mcp …` in the working tree, without any network.
    fileprivate func mcp(_ words: String..., environment: [String: String] = [:]) async -> CommandRun {
        await CommandRun(
            ["mcp"] + words, environment: environment.merging(["HOME": home]) { given, _ in given }, directory: tree)
    }

    fileprivate func folder(_ path: String) throws -> String {
        try Directory.create(home + "/" + path)
        return home + "/" + path
    }
}

private let registry = #"""
    {"mcpServers": {"crm": {"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}},
      "my.old_crm": {"url": "https://old.example/mcp"}, "off": {"url": "https://off.example/", "disabled": true},
      "lit": {"url": "https://lit.example/", "headers": {"X-Key": "tok-12345678"}}}}
    """#

@Suite(.timeLimit(.minutes(10))) struct MCPInstallTests {
    @Test func `a server is installed, told, left alone when it is there, and taken out again`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".cursor") + "/mcp.json"
        let old = "{\r\n  \"mcpServers\": { }\r\n}"
        try fixture.write(old, to: path, mode: 0o640)
        let installed = await fixture.mcp("install", "cursor", "crm")
        #expect(installed.code == .success && installed.output.isEmpty, "\(installed)")
        #expect(installed.errors.contains("+      \"url\": \"https://crm.example/mcp\","))
        #expect(installed.errors.contains("installed 'crm' for Cursor in \(path) (http)\n"))
        #expect(installed.errors.contains("needs CRM_TOKEN") || installed.errors.contains("CRM_TOKEN"))
        let text = try #require(Disk.text(path))
        #expect(text.hasSuffix("\"Bearer ${env:CRM_TOKEN}\"\r\n      }\r\n    }\r\n  }\r\n}"))
        #expect(fixture.mode(path) == 0o640)

        let again = await fixture.mcp("install", "cursor", "crm")
        #expect(again.code == .success && again.errors.contains("nothing to do") && Disk.text(path) == text)
        let clients = await fixture.mcp("clients")
        #expect(
            clients.output == "cursor\tuser\t\(path)\tcrm (http)\n" || clients.output.contains("\(path)\tcrm (http)\n"))

        let removed = await fixture.mcp("uninstall", "cursor", "crm")
        #expect(removed.code == .success && removed.errors.contains("removed 'crm' from \(path)\n"))
        #expect(Disk.text(path) == old && fixture.mode(path) == 0o640)
        #expect(Disk.names(in: fixture.home + "/.config/parallel/backups").isEmpty)
        let missing = await fixture.mcp("uninstall", "cursor", "crm")
        #expect(missing.code == .usage && missing.errors.contains("'crm' is not in \(path)"))
    }

    @Test(arguments: ["codex", "goose", "continue", "zed", "claude-code", "openclaw"])
    func `a file that was made for an entry is removed with it`(client: String) async throws {
        let fixture = try RegistryFixture(user: registry)
        let installed = await fixture.mcp("install", client, "crm")
        #expect(installed.code == .success && installed.errors.contains("was not found on this machine"))
        let path = try #require(
            installed.errors.split(separator: "\n").first { $0.hasPrefix("+++ ") }.map { String($0.dropFirst(4)) })
        #expect(Disk.text(path)?.contains("crm") == true)
        let removed = await fixture.mcp("uninstall", client, "crm")
        #expect(
            removed.code == .success && removed.errors.contains("which held nothing else") && Disk.text(path) == nil)
    }

    @Test(arguments: ["", "{}", "{}\n", "{\n  \"mcpServers\": {}\n}\n"], [false, true])
    func `a file that was there before stays when an entry is taken out`(text: String, isLink: Bool) async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".cursor") + "/mcp.json"
        let target = fixture.home + "/real.json"
        try fixture.write(text, to: isLink ? target : path)
        if isLink { try fixture.makeLink(at: path, to: target) }
        #expect(await fixture.mcp("install", "cursor", "crm").code == .success)
        #expect(Disk.text(path)?.contains("crm") == true)
        #expect(await fixture.mcp("uninstall", "cursor", "crm").code == .success)
        #expect(Disk.text(path) == text && fixture.isLink(path) == isLink)
        // Without a backup nobody knows whose file it is.
        let made = try JSONValue.parse(#"{"mcpServers": {}}"#)
        try fixture.write("", to: path)
        #expect(await fixture.mcp("install", "cursor", "crm").code == .success)
        let folder = fixture.home + "/.config/parallel/backups"
        for name in Disk.names(in: folder) { try fixture.write("other", to: folder + "/" + name) }
        #expect(await fixture.mcp("uninstall", "cursor", "crm").code == .success)
        #expect(try JSONValue.parse(Disk.text(path) ?? "") == made)
    }

    @Test(
        arguments: [["crm", "off2"], ["off2", "crm"]],
        [
            ("cursor", ".cursor/mcp.json", "{}\n"), ("cursor", ".cursor/mcp.json", "{\"a\": 1}"),
            ("goose", ".config/goose/config.yaml", "a: 1 # one\n"), ("codex", ".codex/config.toml", "a = 1"),
            ("openclaw", ".openclaw/openclaw.json", "{\n  mcp: {}, // mine\n}\n"),
        ])
    func `of several entries the last one takes along what was made for them`(
        order: [String], file: (client: String, path: String, text: String)
    ) async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = fixture.home + "/" + file.path
        _ = try fixture.folder(String(file.path[..<(file.path.lastIndex(of: "/") ?? file.path.endIndex)]))
        try fixture.write(file.text, to: path)
        #expect(await fixture.mcp("install", file.client, "crm").code == .success)
        #expect(await fixture.mcp("install", file.client, "crm", "--as", "off2").code == .success)
        for name in order { #expect(await fixture.mcp("uninstall", file.client, name).code == .success) }
        #expect(Disk.text(path) == file.text)
    }

    @Test func `without the backup, only what was made for the entry goes with it`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".cursor") + "/mcp.json"
        for (before, after) in [
            ("{\"a\": 1}\n", "{\"a\": 1}\n"), ("{\"mcpServers\": {}}\n", "{\"mcpServers\": {}}\n"),
        ] {
            // What was made in another file of that name doesn't count any more.
            try fixture.write("{}", to: path)
            #expect(await fixture.mcp("install", "cursor", "crm").code == .success)
            try fixture.write(before, to: path)
            #expect(await fixture.mcp("install", "cursor", "crm").code == .success)
            let folder = fixture.home + "/.config/parallel/backups"
            for name in Disk.names(in: folder) where !name.hasSuffix(".made") { UserFile.remove(folder + "/" + name) }
            #expect(await fixture.mcp("uninstall", "cursor", "crm").code == .success)
            #expect(try JSONValue.parse(Disk.text(path) ?? "") == JSONValue.parse(after))
        }
    }

    @Test func `folders that were made for a file go with it, unless something else is in them`() async throws {
        let fixture = try RegistryFixture(user: registry)
        #expect(await fixture.mcp("install", "junie", "crm").code == .success)
        #expect(await fixture.mcp("uninstall", "junie", "crm").code == .success)
        #expect(Disk.names(in: fixture.home) == [".config"])
        #expect(await fixture.mcp("install", "junie", "crm").code == .success)
        try fixture.write("mine", to: fixture.home + "/.junie/other")
        #expect(await fixture.mcp("uninstall", "junie", "crm").code == .success)
        #expect(Disk.names(in: fixture.home + "/.junie") == ["other"])
        // A folder that was there stays, also if it is empty.
        _ = try fixture.folder(".kiro/settings")
        #expect(await fixture.mcp("install", "kiro", "crm").code == .success)
        #expect(await fixture.mcp("uninstall", "kiro", "crm").code == .success)
        #expect(Disk.names(in: fixture.home + "/.kiro") == ["settings"])
    }

    @Test(arguments: ["file", "folder", "nothing"])
    func `a project's file that is elsewhere by a link is left alone`(kind: String) async throws {
        let fixture = try RegistryFixture(user: registry)
        let target = fixture.home + "/elsewhere"
        try fixture.makeDirectory(target)
        let text = #"{"mcpServers": {"crm": {"url": "https://x/"}}}"#
        try fixture.write(text, to: target + "/mcp.json")
        if kind == "folder" {
            try fixture.makeLink(at: fixture.tree + "/.cursor", to: target)
        } else {
            try fixture.makeDirectory(fixture.tree + "/.cursor")
            let file = target + (kind == "file" ? "/mcp.json" : "/none.json")
            try fixture.makeLink(at: fixture.tree + "/.cursor/mcp.json", to: file)
        }
        let says = kind == "nothing" ? "is a link that leads to nothing" : "out of the working tree, to \(target)"
        for words in [["install", "cursor", "crm", "--force"], ["uninstall", "cursor", "crm"], ["import", "cursor"]] {
            let run = await CommandRun(
                ["mcp"] + words + ["--scope", "project"], environment: ["HOME": fixture.home], directory: fixture.tree)
            #expect(run.code == .usage && run.errors.contains(says), "\(run)")
        }
        #expect(Disk.text(target + "/mcp.json") == text && Disk.names(in: target) == ["mcp.json"])
    }

    @Test(arguments: ["file", "nothing", "user's own"])
    func `a project's registry file that is elsewhere by a link is neither read nor changed`(
        kind: String
    ) async throws {
        let fixture = try RegistryFixture(user: registry)
        let text = #"{"mcpServers": {"theirs": {"url": "https://x.example/"}}}"#
        let target = kind == "user's own" ? fixture.userFile : fixture.home + "/elsewhere.json"
        if kind == "file" { try fixture.write(text, to: target) }
        try fixture.makeLink(at: fixture.projectFile, to: target)
        let says =
            kind == "nothing"
            ? "./.mcp.json is a link that leads to nothing"
            : "./.mcp.json is a link that leads out of the working tree, to \(target)"
        let before = Disk.text(target)
        for words in [
            ["mcp", "add", "new", "https://new.example/mcp", "--scope", "project", "--no-verify"],
            ["mcp", "remove", "theirs", "--scope", "project"], ["mcp", "disable", "theirs", "--scope", "project"],
            ["mcp", "install", "cursor", "theirs", "--scope", "project"],
            ["task", "run", "x", "--mcp", "theirs", "--dry-run"],
        ] {
            let run = await CommandRun(words, environment: ["HOME": fixture.home], directory: fixture.tree)
            #expect(run.code == .usage && run.errors.contains(says), "\(words): \(run)")
            #expect(!run.output.contains("x.example"))
        }
        let list = await fixture.mcp("list")
        #expect(list.errors.contains(says) && list.output.contains("crm") && !list.output.contains("x.example"))
        #expect(Disk.text(target) == before && fixture.isLink(fixture.projectFile))
        #expect(Disk.names(in: fixture.tree) == [".git", ".mcp.json", "sub"])
    }

    @Test func `a project's registry file may be a link within the working tree`() async throws {
        let fixture = try RegistryFixture(user: registry)
        try fixture.write(#"{"mcpServers": {}}"#, to: fixture.tree + "/sub/real.json")
        try fixture.makeLink(at: fixture.projectFile, to: "sub/real.json")
        let run = await fixture.mcp("add", "new", "https://new.example/mcp", "--scope", "project", "--no-verify")
        #expect(run.code == .success && fixture.isLink(fixture.projectFile), "\(run)")
        #expect(Disk.text(fixture.tree + "/sub/real.json")?.contains("new.example") == true)
    }

    @Test(arguments: [
        ("goose", ".config/goose/config.yaml", "extensions: {a: {uri: x}}\nb:\n  c: 1\n"),
        ("goose", ".config/goose/config.yaml", "b: |\n  the end of this text is no line end"),
        ("goose", ".config/goose/config.yaml", "extensions:\n  {a: {uri: x},\n   b: {uri: y}}\n"),
        ("codex", ".codex/config.toml", "mcp_servers = { a = { url = \"x\" } }\n"),
    ])
    func `a file whose form can't be changed is left alone, with the command that shows what to write`(
        client: String, path: String, text: String
    ) async throws {
        let fixture = try RegistryFixture(user: registry)
        _ = try fixture.folder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try fixture.write(text, to: fixture.home + "/" + path)
        let run = await fixture.mcp("install", client, "crm")
        #expect(run.code == .usage && run.errors.contains("at line 1"), "\(run)")
        #expect(run.errors.contains("what to write there: parallel mcp install crm --print \(client)\n"))
        #expect(Disk.text(fixture.home + "/" + path) == text)
        #expect(await fixture.mcp("install", "crm", "--print", client).output.contains("crm"))
    }

    @Test func `changes of several processes at once are all kept`() async throws {
        let names = (1...8).map { "s\($0)" }
        let entries = names.map { #""\#($0)": {"url": "https://\#($0).example/"}"# }.joined(separator: ", ")
        let fixture = try RegistryFixture(user: "{\"mcpServers\": {\(entries)}}")
        let path = try fixture.folder(".cursor") + "/mcp.json"
        try fixture.write("{}\n", to: path)
        for verb in ["install", "uninstall"] {
            await withTaskGroup { group in
                for name in names {
                    group.addTask { #expect(await fixture.mcp(verb, "cursor", name).code == .success) }
                }
            }
            let count = try JSONValue.parse(Disk.text(path) ?? "")["mcpServers"]?.object?.count
            #expect(count == (verb == "install" ? 8 : nil))
        }
    }

    @Test func `other changes since then are kept when an entry is taken out`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".codex") + "/config.toml"
        try fixture.write("a = 1\n", to: path)
        _ = await fixture.mcp("install", "codex", "crm")
        try fixture.write((Disk.text(path) ?? "") + "\n[later]\nb = 2 # mine\n", to: path)
        #expect(await fixture.mcp("uninstall", "codex", "crm").code == .success)
        #expect(Disk.text(path) == "a = 1\n\n[later]\nb = 2 # mine\n")
        // What was taken out by hand is in the backup.
        let folder = fixture.home + "/.config/parallel/backups"
        let kept = try #require(Disk.names(in: folder).first)
        #expect(Disk.text(folder + "/" + kept)?.contains("[mcp_servers.crm]") == true)
        #expect(fixture.mode(folder + "/" + kept) == 0o600)
    }

    @Test func `a dry run prints the change, without others' secrets, and writes nothing`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".cursor") + "/mcp.json"
        let old =
            "{\n  \"mcpServers\": {\n    \"x\": {\n      \"url\": \"https://x/\",\n      \"headers\": { \"A\": \"hush-4711-hush\" },\n      \"args\": [\"--api-key\", \"hush-4712-hush\", \"--token=hush-4713-hush\"]\n    }\n  }\n}\n"
        try fixture.write(old, to: path)
        let run = await fixture.mcp("install", "cursor", "crm", "--dry-run")
        #expect(run.code == .success && Disk.text(path) == old)
        #expect(run.output.hasPrefix("--- \(path)\n+++ \(path)\n@@ -4,6 +4,12 @@\n"), "\(run.output)")
        #expect(run.output.contains("\"A\": \"***\"") && !(run.output + run.errors).contains("hush-"))
        #expect(run.errors == "nothing was written to \(path)\n")
        _ = await fixture.mcp("install", "cursor", "crm")
        let removal = await fixture.mcp("uninstall", "cursor", "crm", "--dry-run")
        #expect(removal.output.contains("-    \"crm\": {") && Disk.text(path) != old)
    }

    @Test func `another entry of that name is replaced only by force`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".kiro/settings") + "/mcp.json"
        let old = #"{"mcpServers": {"crm": {"url": "https://other/"}}}"#
        try fixture.write(old, to: path)
        let refused = await fixture.mcp("install", "kiro", "crm")
        #expect(refused.code == .usage && refused.errors.contains("--force replaces it") && Disk.text(path) == old)
        #expect(await fixture.mcp("install", "kiro", "crm", "--force").code == .success)
        #expect(Disk.text(path)?.contains("https://crm.example/mcp") == true)
    }

    @Test(arguments: [
        (["install", "cursor", "crn"], "did you mean 'crm'?"),
        (["install", "curser", "crm"], "did you mean 'cursor'?"),
        (["install", "cursor", "crm", "--as=-x"], "begins with '-'"),
        (["install", "cursor"], "missing NAME"), (["install"], "missing CLIENT"),
        (["install", "cursor", "off"], "disabled"),
        (["install", "windsurf", "crm", "--scope", "project"], "--scope user"),
        (["install", "zed", "crm", "--via", "http"], "--via proxy"),
        (["install", "cursor", "crm", "--embed-key"], "CRM_TOKEN is not set"),
        (["install", "cursor", "crm", "--embed-key", "--scope", "project"], "no secret into a project's file"),
        (["install", "cursor", "shared"], "--scope project keeps it there"),
        (["install", "mcpservers", "crm"], "has no file"),
        (["install", "--print", "nothing", "crm"], "no client is known"),
        (["install", "cursor", "crm", "--mcpb"], "for claude-desktop"),
        (["install", "cursor", "crm", "-o", "x.json"], "--output goes with --dry-run"),
        (["install", "raycast", "crm"], "--print raycast NAME"), (["install", "crm"], "missing CLIENT"),
        (["uninstall", "raycast", "crm"], "mcp install --print raycast NAME"),
        (["install", "crm", "cursor"], "did you mean mcp install cursor crm?"),
        (["uninstall", "crm", "cursor"], "did you mean mcp uninstall cursor crm?"),
        (["uninstall", "cursor", "crm"], "it has no servers"), (["uninstall", "cursor"], "the client comes first"),
        (["install", "cursor", "https://x.example/mcp?k=1"], "mcp add NAME URL"),
        (["install", "VS Code", "crm", "--yes"], "unknown flag --yes"),
        (["import", "com.example/crm"], "mcp import --registry com.example/crm"),
        (["import", "~/.cursor/mcp.json"], "mcp import cursor"),
        (["import", "cursor"], "it would be "), (["import", "cursor", "crm"], "it would be "),
        (["import", "windsurf", "--scope", "project"], "has no file for a project"),
        (["install", "ChatGPT", "crm"], "--print chatgpt NAME"),
        (["install", "cursor", "crm", "--via", "htp"], "did you mean 'http'?"),
        (["install", "cursor", "crm", "--scope", "projects"], "did you mean 'project'?"),
        (["install", "junie", "crm", "--embed-key"], "without --embed-key"),
        (["install", "fx", "crm", "--embed-key"], "without --embed-key"),
    ])
    func `what can't be done is refused with advice and without a file`(words: [String], says: String) async throws {
        let fixture = try RegistryFixture(
            user: registry, project: #"{"mcpServers": {"shared": {"url": "https://s/"}}}"#)
        let run = await CommandRun(["mcp"] + words, environment: ["HOME": fixture.home], directory: fixture.tree)
        #expect(run.code == .usage && run.output.isEmpty && run.errors.contains(says), "\(run)")
        #expect(
            Disk.names(in: fixture.home) == [".config"] && Disk.names(in: fixture.tree) == [".git", ".mcp.json", "sub"])
    }

    @Test(arguments: ["{\n  \"mcpServers\": {\n", "{ // no\n}", "[]", "{\"mcpServers\": 1}"])
    func `a broken file is left alone`(text: String) async throws {
        let fixture = try RegistryFixture(user: registry)
        let path = try fixture.folder(".cursor") + "/mcp.json"
        try fixture.write(text, to: path)
        for verb in ["install", "uninstall"] {
            let run = await fixture.mcp(verb, "cursor", "crm")
            #expect(run.code == .usage && run.errors.contains(path) && Disk.text(path) == text, "\(run)")
        }
        let clients = await fixture.mcp("clients")
        #expect(clients.code == .success && clients.output.contains("unreadable: \(path)"))
    }

    @Test func `a literal secret goes to no file unless it is asked for, and then to a private one`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let bridged = await fixture.mcp("install", "cursor", "lit")
        #expect(bridged.code == .success && bridged.errors.contains("(proxy)"))
        let path = fixture.home + "/.cursor/mcp.json"
        #expect(Disk.text(path)?.contains("\"args\": [\"mcp\", \"proxy\", \"lit\"]") == true)
        let embedded = await fixture.mcp(
            "install", "zed", "crm", "--embed-key", environment: ["CRM_TOKEN": "tok-87654321"])
        let settings = fixture.home + "/.config/zed/settings.json"
        #expect(embedded.code == .success && Disk.text(settings)?.contains("Bearer tok-87654321") == true)
        #expect(fixture.mode(settings) == 0o600 && !embedded.errors.contains("tok-8765"))
    }

    @Test func `a name that breaks tools elsewhere is changed, and told`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let run = await fixture.mcp("install", "cursor", "my.old_crm")
        #expect(run.errors.contains("'my.old_crm' is called 'my-old-crm' there"))
        #expect(Disk.text(fixture.home + "/.cursor/mcp.json")?.contains("\"my-old-crm\": {") == true)
        let twice = await fixture.mcp("install", "cursor", "my.old_crm", "--as", "second")
        #expect(twice.errors.contains("has the same URL"))
        #expect(await fixture.mcp("uninstall", "cursor", "my.old_crm").code == .success)
    }

    @Test func `Parallel's search server is installed without a key where none is set, and at its own address`()
        async throws
    {
        let fixture = try RegistryFixture()
        let environment = ["PARALLEL_API_KEY": "", "PARALLEL_BASE_URL": "http://127.0.0.1:9"]
        _ = await fixture.mcp("install", "kiro", "parallel-search", environment: environment)
        let path = fixture.home + "/.kiro/settings/mcp.json"
        let entry = try JSONValue.parse(Disk.text(path) ?? "")["mcpServers"]?["parallel-search"]
        #expect(entry == ["url": "https://search.parallel.ai/mcp"])
        #expect(await fixture.mcp("install", "kiro", "parallel-search").code == .usage)
        _ = await fixture.mcp("install", "kiro", "parallel-search", "--force")
        #expect(Disk.text(path)?.contains("Bearer ${PARALLEL_API_KEY}") == true)
    }

    @Test func `a project's file is that of the working tree, and links are written through`() async throws {
        let fixture = try RegistryFixture(user: registry)
        try fixture.makeDirectory(fixture.tree + "/.vscode")
        try fixture.write("{}", to: fixture.tree + "/sub/real.json")
        try fixture.makeLink(at: fixture.tree + "/.vscode/mcp.json", to: fixture.tree + "/sub/real.json")
        let run = await CommandRun(
            ["mcp", "install", "vscode", "crm", "--scope", "project"], environment: ["HOME": fixture.home],
            directory: fixture.tree + "/sub/deep")
        #expect(run.code == .success && fixture.isLink(fixture.tree + "/.vscode/mcp.json"))
        #expect(Disk.text(fixture.tree + "/sub/real.json")?.contains("\"servers\"") == true)
    }

    @Test(arguments: [
        ("raycast", "URL: https://crm.example/mcp\nHeader: Authorization: Bearer ${CRM_TOKEN}\n"),
        (
            "crush",
            "mcp add crm --type http --url \"https://crm.example/mcp\" --header Authorization \"Bearer $CRM_TOKEN\"\n"
        ),
        ("mcpServers", "        \"Authorization\": \"Bearer ${CRM_TOKEN}\"\n"),
        ("visual-studio", "    \"crm\": {\n      \"type\": \"stdio\",\n"),
        ("codex", "bearer_token_env_var = \"CRM_TOKEN\"\n"),
    ])
    func `what is entered by hand is printed`(shape: String, text: String) async throws {
        let fixture = try RegistryFixture(user: registry)
        let run = await fixture.mcp("install", "--print", shape, "crm")
        #expect(run.code == .success && run.output.contains(text), "\(run)")
    }

    @Test func `a name is quoted in a line for a script`() async throws {
        let fixture = try RegistryFixture(
            user: #"{"mcpServers": {"x": {"url": "https://x.example/", "headers": {"X$A": "1"}}}}"#)
        let run = await fixture.mcp("install", "--print", "crush", "x", "--as", "a; touch b")
        #expect(run.output.hasPrefix("mcp add 'a; touch b' --type http --url "), "\(run)")
        #expect(!run.output.contains(" X$A"))
    }

    @Test func `Crush's script is not changed but printed for`() async throws {
        let fixture = try RegistryFixture(user: registry)
        try fixture.write("mcp add x", to: try fixture.folder(".config/crush") + "/crushrc")
        let run = await fixture.mcp("install", "crush", "crm")
        #expect(run.code == .usage && run.errors.contains("--print crush"))
    }

    @Test func `Claude Code's own command is used for the user's file, and its failure is told`() async throws {
        let fixture = try RegistryFixture(user: registry)
        let claude = try fixture.folder("bin") + "/claude"
        try fixture.write("#!/bin/sh\n", to: claude, mode: 0o755)
        let calls = Lock<[[String]]>([])
        let path = fixture.home + "/.claude.json"
        let entry = #"{"mcpServers": {"crm": {"url": "x"}}}"#
        func run(_ words: [String], ending code: Int32, writing text: String? = nil) async -> (
            code: ExitCode, errors: String
        ) {
            let streams = Streams.captured()
            var context = Context.test(
                ScriptedTransport([]), streams: streams,
                environment: ["HOME": fixture.home, "PATH": "sub:\(fixture.home)/bin"], directory: fixture.tree)
            context.runProgram = { words in
                calls.withLock { $0.append(words) }
                if let text { try fixture.write(text, to: path) }
                return code
            }
            return (await Run.run(["mcp"] + words, context), streams.capturedError)
        }
        let idle = await run(["install", "claude", "crm"], ending: 0)
        #expect(idle.code == .unexpected && idle.errors.contains("'crm' is not in \(path)"))
        let added = await run(["install", "claude", "crm"], ending: 0, writing: entry)
        #expect(added.code == .success && added.errors.contains("installed 'crm'"))
        #expect(
            calls.withLock { $0.suffix(1) } == [
                [
                    claude, "mcp", "add", "--header", "Authorization: Bearer ${CRM_TOKEN}", "--transport", "http",
                    "--scope", "user", "crm", "https://crm.example/mcp",
                ]
            ])
        try fixture.write("{}", to: path)
        let failed = await run(["install", "claude", "crm"], ending: 3)
        #expect(failed.code == .unexpected && failed.errors.contains("'claude mcp add' ended with 3"))
        try fixture.write(entry, to: path)
        let kept = await run(["uninstall", "claude", "crm"], ending: 0)
        #expect(kept.code == .unexpected && kept.errors.contains("'crm' is still in \(path)"))
        #expect(await run(["uninstall", "claude", "crm"], ending: 0, writing: "{}").code == .success)
        #expect(calls.withLock { $0.last } == [claude, "mcp", "remove", "--scope", "user", "crm"])
    }
}

@Suite(.timeLimit(.minutes(10))) struct MCPImportTests {
    @Test func `servers of every client are taken over, and nothing is executed or repeated`() async throws {
        let fixture = try RegistryFixture()
        try fixture.write(
            #"{"mcpServers": {"a b": {"url": "https://a/", "headers": {"X-Key": "${env:A_KEY}"}}, "fs": {"command": "touch", "args": ["/tmp/no"]}}}"#,
            to: try fixture.folder(".cursor") + "/mcp.json")
        try fixture.write(
            "[mcp_servers.docs]\nurl = \"https://d/\"\nhttp_headers = { A = \"hush-4711-hush\" }\n",
            to: try fixture.folder(".codex") + "/config.toml")
        let shown = await fixture.mcp("import", "--dry-run")
        #expect(shown.code == .success && Disk.text(fixture.userFile) == nil)
        #expect(
            shown.output.contains("add\ta-b\thttps://a/\tCursor (")
                && shown.output.contains("add\tfs\ta program: touch\t"))
        let run = await fixture.mcp("import")
        #expect(run.code == .success && run.output.isEmpty && !run.errors.contains("4711"), "\(run)")
        #expect(run.errors.contains("'docs' holds a literal value"))
        let stored = try JSONValue.parse(Disk.text(fixture.userFile) ?? "")["mcpServers"]
        #expect(stored?["a-b"] == ["type": "http", "url": "https://a/", "headers": ["X-Key": "${A_KEY}"]])
        #expect(stored?["fs"] == ["type": "stdio", "command": "touch", "args": ["/tmp/no"]])
        #expect(fixture.mode(fixture.userFile) == 0o600)
        let again = await fixture.mcp("import")
        #expect(again.code == .success && again.errors.components("nothing to do") == 3, "\(again)")
    }

    @Test func `numbers become texts, what is no text is told, and so is a name that changes`() async throws {
        let fixture = try RegistryFixture()
        try fixture.write(
            #"""
            {"mcpServers": {
              "my server": {"command": "npx", "args": ["--port", 5, true, 1.50], "env": {"N": 7}, "cwd": 8},
              "object": {"command": "npx", "args": ["a", {"b": 1}]}, "null": {"command": "npx", "args": [null]},
              "words": {"command": "npx", "args": "a b"}, "env": {"command": "npx", "env": {"A": null}},
              "list": {"command": "npx", "env": ["A=b"]}, "cwd": {"command": "npx", "cwd": ["x"]},
              "header": {"url": "https://x/", "headers": {"A": ["b"]}}, "fields": {"url": "https://x/", "headers": "A: b"},
              "helper": {"url": "https://x/", "headersHelper": "./make-headers"}
            }}
            """#, to: try fixture.folder(".cursor") + "/mcp.json")
        let run = await fixture.mcp("import", "cursor")
        #expect(run.code == .partial, "\(run)")
        let stored = try JSONValue.parse(Disk.text(fixture.userFile) ?? "")["mcpServers"]
        #expect(stored?.object?.keys == ["my-server"])
        #expect(stored?["my-server"]?["args"] == ["--port", "5", "true", "1.50"])
        #expect(stored?["my-server"]?["env"] == ["N": "7"] && stored?["my-server"]?["cwd"] == "8")
        #expect(run.errors.contains("'my server' of Cursor (") && run.errors.contains(") is called 'my-server' here"))
        for (name, reason) in [
            ("object", "its 'args' holds an object, not a text"), ("null", "its 'args' holds null, not a text"),
            ("words", "its 'args' is a string, not a list"), ("env", "its 'env' holds null, not a text"),
            ("list", "its 'env' is an array, not an object"), ("cwd", "its 'cwd' holds an array, not a text"),
            ("header", "its 'headers' holds an array, not a text"),
            ("fields", "its 'headers' is a string, not an object"),
            ("helper", "only that program can"),
        ] {
            let line = run.errors.split(separator: "\n").first { $0.contains("'\(name)' of") }
            #expect(line?.contains(reason) == true, "\(name): \(line ?? "")")
        }
    }

    @Test(arguments: [[], ["--force"], ["--dry-run"]])
    func `of several servers that would get one name, only the first is taken over, or that which has it`(
        flags: [String]
    ) async throws {
        let fixture = try RegistryFixture()
        try fixture.write(
            #"{"mcpServers": {"a b": {"url": "https://one/"}, "a-b": {"url": "https://two/"}, "c": {"url": "https://c/"}}}"#,
            to: try fixture.folder(".cursor") + "/mcp.json")
        try fixture.write(
            "[mcp_servers.c]\nurl = \"https://c/\"\n", to: try fixture.folder(".codex") + "/config.toml")
        let run = await CommandRun(
            ["mcp", "import"] + flags, environment: ["HOME": fixture.home], directory: fixture.tree)
        #expect(run.code == .partial && run.errors.contains("'a b' of Cursor ("), "\(run)")
        #expect(run.errors.contains("is left out: 'a-b' of Cursor (") && !run.output.contains("https://one/"))
        #expect(Disk.text(fixture.userFile)?.contains("https://one/") != true && !run.errors.contains("'c' of Codex"))
    }

    @Test func `a different entry is kept, unless forced; one that can't be used is told`() async throws {
        let fixture = try RegistryFixture(user: #"{"mcpServers": {"a": {"url": "https://mine/"}}}"#)
        try fixture.write(
            #"{"mcpServers": {"a": {"url": "https://a/"}, "s": {"url": "https://s/", "type": "sse"}}}"#,
            to: try fixture.folder(".cursor") + "/mcp.json")
        let run = await fixture.mcp("import", "cursor")
        #expect(run.code == .partial && run.errors.contains("sse") && run.errors.contains("with other settings"))
        #expect(Disk.text(fixture.userFile)?.contains("https://mine/") == true)
        let forced = await fixture.mcp("import", "cursor", "--name", "a", "--force")
        #expect(forced.code == .success && Disk.text(fixture.userFile)?.contains("https://a/") == true)
        #expect(await fixture.mcp("import", "cursor", "b").errors.contains("no client's file has a server named 'b'"))
        let one = await fixture.mcp("import", "Cursor", "a", "--dry-run", "--force")
        #expect(one.code == .success && one.output.contains("keep\ta\t"), "\(one)")
        let other = await fixture.mcp("uninstall", "cursor", "aa")
        #expect(other.code == .usage && other.errors.contains("did you mean 'a'?"), "\(other)")
        let none = await fixture.mcp("uninstall", "cursor", "zzz")
        #expect(none.errors.contains("its servers: a, s"), "\(none)")
        #expect(await fixture.mcp("import", "zed").code == .usage)
    }

    @Test func `a project's files are read only when they are asked for`() async throws {
        let fixture = try RegistryFixture(project: #"{"mcpServers": {"evil": {"command": "sh"}}}"#)
        let run = await fixture.mcp("import")
        #expect(
            run.code == .success && run.errors.contains("nothing to take over") && Disk.text(fixture.userFile) == nil)
    }

    @Test func `a project's servers are taken over with variables only after a yes`() async throws {
        let fixture = try RegistryFixture()
        try fixture.makeDirectory(fixture.tree + "/.cursor")
        let path = fixture.tree + "/.cursor/mcp.json"
        try fixture.write(
            #"{"mcpServers": {"docs": {"url": "https://docs.example/mcp", "headers": {"X-Key": "${env:CRM_TOKEN}"}}, "open": {"url": "https://open.example/"}}}"#,
            to: path)
        func run(_ words: String..., answers: [LineEditor.Result] = []) async -> CommandRun {
            await CommandRun(
                ["mcp", "import", "cursor", "--scope", "project"] + words,
                terminal: answers.isEmpty ? TerminalInfo() : .person, environment: ["HOME": fixture.home],
                directory: fixture.tree, answers: answers)
        }
        let refused = await run()
        #expect(
            refused.code == .usage
                && refused.errors.contains("wants to send CRM_TOKEN to https://docs.example, and nobody"))
        #expect(refused.errors.contains("--yes"), "\(refused)")
        let denied = await run(answers: [.line("n")])
        #expect(denied.code == .unexpected && denied.errors.contains("nothing was stored"))
        let dry = await run("--dry-run")
        #expect(dry.code == .success && dry.errors.contains("'docs' sends CRM_TOKEN to https://docs.example\n"))
        #expect(Disk.text(fixture.userFile) == nil)
        let asked = await run(answers: [.line("y")])
        #expect(asked.code == .success && asked.prompts.count == 1, "\(asked)")
        let question = "wants to send CRM_TOKEN to https://docs.example; allow it? [y/N] "
        #expect(asked.prompts.first?.hasSuffix(question) == true)
        #expect(Disk.text(fixture.userFile)?.contains("${CRM_TOKEN}") == true)
        // What is there already needs no answer.
        #expect(await run().code == .success)
        #expect(await run("--name", "docs", "--as", "second", "--yes").code == .success)
    }

    @Test func `a project's program is stored only after a yes to its command line`() async throws {
        let fixture = try RegistryFixture()
        try fixture.makeDirectory(fixture.tree + "/.cursor")
        func run(_ arguments: String, _ words: String..., answers: [LineEditor.Result] = []) async throws -> CommandRun
        {
            try fixture.write(
                #"{"mcpServers": {"fs": {"command": "npx", "args": [\#(arguments)], "env": {"A": "b c"}}}}"#,
                to: fixture.tree + "/.cursor/mcp.json")
            return await CommandRun(
                ["mcp", "import", "cursor", "--scope", "project"] + words,
                terminal: answers.isEmpty ? TerminalInfo() : .person, environment: ["HOME": fixture.home],
                directory: fixture.tree, answers: answers)
        }
        let line = "start 'A=b c' npx -y '@x/fs; id'"
        let refused = try await run(#""-y", "@x/fs; id""#)
        #expect(refused.code == .usage && refused.errors.contains("\(line), and nobody can be asked"), "\(refused)")
        let denied = try await run(#""-y", "@x/fs; id""#, answers: [.line("n")])
        #expect(
            denied.code == .unexpected && denied.prompts.first?.hasSuffix("wants to \(line); allow it? [y/N] ") == true)
        let long = try await run("\"\(String(repeating: "x", count: 900))\"", answers: [.line("y")])
        #expect(long.code == .usage && long.errors.contains("too long for a question"), "\(long)")
        let dry = try await run(#""-y", "@x/fs; id""#, "--dry-run")
        #expect(dry.code == .success && dry.errors.contains("'fs' would \(line)\n"), "\(dry)")
        #expect(Disk.text(fixture.userFile) == nil)
        #expect(try await run(#""-y", "@x/fs; id""#, answers: [.line("y")]).code == .success)
        #expect(try await run(#""-z""#, "--yes", "--force").code == .success)
        #expect(Disk.text(fixture.userFile)?.contains("-z") == true)
    }

    @Test func `a link that leads to nothing is told`() async throws {
        let fixture = try RegistryFixture()
        try fixture.makeLink(at: try fixture.folder(".cursor") + "/mcp.json", to: "/nowhere/mcp.json")
        let one = await fixture.mcp("import", "cursor")
        #expect(one.code == .usage && one.errors.contains(".cursor/mcp.json is a link that leads to nothing"), "\(one)")
        let all = await fixture.mcp("import")
        #expect(all.code == .partial && all.errors.contains("leads to nothing; it is left out"), "\(all)")
    }

    @Test(arguments: [
        (
            #"{"url": "https://evil.example/", "headers": {"A": "${env:PARALLEL_API_KEY}"}}"#,
            "would send PARALLEL_API_KEY to https://evil.example"
        ),
        (#"{"url": "https://${env:X}.example/"}"#, "a variable decides which server it is"),
        (#"{"command": "sh", "env": {"K": "${env:PARALLEL_API_KEY}"}}"#, "to the program 'sh'"),
    ])
    func `a project's server never gets the API key, nor a host out of a variable`(
        entry: String, says: String
    ) async throws {
        let fixture = try RegistryFixture()
        try fixture.makeDirectory(fixture.tree + "/.cursor")
        try fixture.write(#"{"mcpServers": {"evil": \#(entry)}}"#, to: fixture.tree + "/.cursor/mcp.json")
        let run = await fixture.mcp("import", "cursor", "--scope", "project", "--yes")
        #expect(run.code == .partial && run.errors.contains(says), "\(run)")
        #expect(Disk.text(fixture.userFile) == nil)
    }

    @Test func `the variables of the user's own servers are told`() async throws {
        let fixture = try RegistryFixture()
        try fixture.write(
            #"{"mcpServers": {"a": {"url": "https://a.example/x", "headers": {"X-Key": "${env:A_KEY}"}}}}"#,
            to: try fixture.folder(".cursor") + "/mcp.json")
        let run = await fixture.mcp("import", "cursor")
        #expect(run.code == .success && run.errors.contains("note: 'a' sends A_KEY to https://a.example\n"), "\(run)")
    }

    @Test func `a name that can't be taken over is told as it is, and a row stays one row`() async throws {
        let fixture = try RegistryFixture()
        try fixture.write(
            #"{"mcpServers": {"日本": {"url": "https://a/"}, "fs": {"command": "one\ntwo\tthree"}}}"#,
            to: try fixture.folder(".cursor") + "/mcp.json")
        let run = await fixture.mcp("import", "cursor", "--dry-run")
        #expect(run.code == .partial && run.errors.contains("'日本' of Cursor"), "\(run)")
        #expect(run.output.contains("add\tfs\ta program: one two three\tCursor (") && run.output.components("\n") == 1)
    }
}

extension String {
    fileprivate func components(_ part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}

@Suite(.timeLimit(.minutes(10))) struct PublicRegistryTests {
    private static func answer(
        _ remotes: String, status: String = "active", name: String = "com.example/crm"
    ) -> String {
        #"{"server": {"name": "\#(name)", "version": "2.0.0", "remotes": \#(remotes)}, "_meta": {"io.modelcontextprotocol.registry/official": {"status": "\#(status)", "statusMessage": "why"}}}"#
    }

    private static let crm = #"""
        [{"type": "sse", "url": "https://x/sse"}, {"type": "streamable-http", "url": "https://{tenant}.crm.example/mcp",
          "variables": {"tenant": {"isRequired": true, "choices": ["eu", "us"], "description": "Your region"}},
          "headers": [{"name": "Authorization", "isSecret": true, "isRequired": true, "value": "Bearer {api_key}",
            "variables": {"api_key": {"isRequired": true, "isSecret": true}}}, {"name": "X-A", "value": "1"},
            {"name": "X-Team"}]}]
        """#

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange], _ fixture: RegistryFixture,
        terminal: TerminalInfo = TerminalInfo(), answers: [LineEditor.Result] = []
    ) async -> CommandRun {
        await CommandRun(
            ["mcp", "import", "--registry"] + words, exchanges, terminal: terminal, environment: ["HOME": fixture.home],
            directory: fixture.tree, answers: answers)
    }

    private func newest(_ body: String, _ name: String = "com.example%2Fcrm", status: Int = 200)
        -> ScriptedTransport.Exchange
    {
        .init(.get, "/v0.1/servers/\(name)/versions/latest", status: status, body: body)
    }

    @Test func `a server is stored with its values, and its secrets as variables`() async throws {
        let fixture = try RegistryFixture()
        let run = await run(["com.example/crm", "--var", "tenant=eu"], [newest(Self.answer(Self.crm))], fixture)
        #expect(run.code == .success && run.output.isEmpty, "\(run)")
        #expect(run.errors.contains("com.example/crm 2.0.0, published by com.example, is at eu.crm.example\n"))
        #expect(run.errors.contains("export CRM_API_KEY=…"))
        #expect(run.requests.first?.url.origin == "https://registry.modelcontextprotocol.io")
        #expect(run.requests.first?.headers["x-api-key"] == nil && run.requests.first?.headers["authorization"] == nil)
        #expect(
            try JSONValue.parse(Disk.text(fixture.userFile) ?? "")["mcpServers"]?["crm"] == [
                "type": "http", "url": "https://eu.crm.example/mcp",
                "headers": ["Authorization": "Bearer ${CRM_API_KEY}", "X-A": "1"],
            ])
    }

    @Test func `a value that is missing is asked for, or named`() async throws {
        let fixture = try RegistryFixture()
        let asked = await run(
            ["com.example/crm", "--as", "mine"], [newest(Self.answer(Self.crm))], fixture, terminal: .person,
            answers: [.line("us")])
        #expect(asked.code == .success && asked.prompts == ["tenant (Your region) [eu|us]: "])
        #expect(Disk.text(fixture.userFile)?.contains("https://us.crm.example/mcp") == true)
        let missing = await run(["com.example/crm"], [newest(Self.answer(Self.crm))], fixture)
        #expect(missing.code == .usage && missing.errors.contains("--var tenant=eu|us"))
    }

    @Test(arguments: [
        (["--var", "tenant=xx"], "'tenant' is one of eu, us"),
        (["--var", "tenant=EU"], "did you mean 'eu'?"), (["--var", "tenant=eu", "--var", "z=1"], "no value 'z'"),
        (["--var", "tenant=eu", "--var", "z=1"], "it takes tenant, X-Team"),
        (["--var", "tenent=eu"], "did you mean 'tenant'?"),
        (["--var", "tenant=eu", "--var", "api_key=k"], "--var takes no secret"),
    ])
    func `a value that does not fit is refused`(words: [String], says: String) async throws {
        let fixture = try RegistryFixture()
        for terminal in [TerminalInfo(), .person] {
            let run = await run(
                ["com.example/crm"] + words, [newest(Self.answer(Self.crm))], fixture, terminal: terminal)
            #expect(run.code == .usage && run.errors.contains(says) && Disk.text(fixture.userFile) == nil, "\(run)")
            #expect(run.prompts.isEmpty)
        }
    }

    @Test(arguments: [
        ("http://crm.example/mcp", "tasks call https URLs only"),
        ("https://169.254.169.254/mcp", "not a public address"),
        ("https://localhost/mcp", "not a public address"), ("https://10.0.0.1/{key}", "not a public address"),
    ])
    func `a server that no task could call is stored only by force`(url: String, says: String) async throws {
        let fixture = try RegistryFixture()
        let answer = Self.answer(
            #"[{"type": "streamable-http", "url": "\#(url)", "variables": {"key": {"isRequired": true, "isSecret": true}}}]"#
        )
        let refused = await run(["com.example/crm"], [newest(answer)], fixture)
        #expect(
            refused.code == .usage && refused.errors.contains(says) && refused.errors.contains("--force"), "\(refused)")
        #expect(Disk.text(fixture.userFile) == nil)
        let forced = await run(["com.example/crm", "--force"], [newest(answer)], fixture)
        #expect(forced.code == .success && forced.errors.contains(says))
    }

    @Test func `a secret never decides which server it is`() async throws {
        let fixture = try RegistryFixture()
        let remotes =
            #"[{"type": "streamable-http", "url": "https://{key}.example/", "variables": {"key": {"isRequired": true, "isSecret": true}}}]"#
        let run = await run(["com.example/crm", "--force"], [newest(Self.answer(remotes))], fixture)
        #expect(run.code == .refused && run.errors.contains("a secret decides") && Disk.text(fixture.userFile) == nil)
    }

    @Test func `another server than the one that was asked for is refused`() async throws {
        let fixture = try RegistryFixture()
        let answer = Self.answer(#"[{"type": "streamable-http", "url": "https://x.example/"}]"#, name: "com.other/crm")
        let run = await run(["com.example/crm", "--force"], [newest(answer)], fixture)
        #expect(run.code == .unexpected && run.errors.contains("asked for 'com.example/crm' and gave 'com.other/crm'"))
        #expect(Disk.text(fixture.userFile) == nil)
    }

    @Test(arguments: [
        ("[]", "active", ExitCode.usage, "only there as a package"),
        (#"[{"type": "sse", "url": "https://x"}]"#, "active", .usage, "only speaks sse"),
        (
            #"[{"type": "streamable-http", "url": "https://x/"}]"#, "deleted", .refused,
            "has been deleted from the registry: why"
        ),
        (
            #"[{"type": "streamable-http", "url": "https://x/?k=${HOME}"}]"#, "active", .refused,
            "a variable of this machine"
        ),
        (
            #"[{"type": "streamable-http", "url": "https://x/", "headers": [{"name": "A", "value": "${PARALLEL_API_KEY}"}]}]"#,
            "active", .refused, "a variable of this machine"
        ),
        (
            #"[{"type": "streamable-http", "url": "https://x/", "headers": [{"name": "A", "value": "{a}{b}", "variables": {"a": {"default": "$"}, "b": {"default": "{GITHUB_TOKEN}"}}}]}]"#,
            "active", .refused, "a variable of this machine"
        ),
        (
            #"[{"type": "streamable-http", "url": "https://x/?k={a}{b}", "variables": {"a": {"default": "$"}, "b": {"default": "{GITHUB_TOKEN}"}}}]"#,
            "active", .refused, "a variable of this machine"
        ),
        (#"[{"type": "streamable-http", "url": "file:///etc/passwd"}]"#, "active", .usage, "can't be added"),
    ])
    func `a server that can't be used safely is refused`(
        remotes: String, status: String, code: ExitCode, says: String
    ) async throws {
        let fixture = try RegistryFixture()
        let run = await run(["com.example/crm"], [newest(Self.answer(remotes, status: status))], fixture)
        #expect(run.code == code && run.errors.contains(says) && Disk.text(fixture.userFile) == nil, "\(run)")
    }

    @Test func `a variable that is set already goes to a server only after a yes`() async throws {
        let fixture = try RegistryFixture()
        func run(_ words: String..., answers: [LineEditor.Result] = []) async -> CommandRun {
            await CommandRun(
                ["mcp", "import", "--registry", "com.example/crm", "--var", "tenant=eu"] + words,
                [newest(Self.answer(Self.crm))], terminal: answers.isEmpty ? TerminalInfo() : .person,
                environment: ["HOME": fixture.home, "OPENAI_API_KEY": "sk-4711-hush"], directory: fixture.tree,
                answers: answers)
        }
        let refused = await run("--as", "openai")
        #expect(refused.code == .usage && !refused.errors.contains("4711"), "\(refused)")
        #expect(refused.errors.contains("the server at eu.crm.example would get the value of OPENAI_API_KEY"))
        let denied = await run("--as", "openai", answers: [.line("n")])
        #expect(denied.code == .unexpected && denied.prompts.first?.contains("OPENAI_API_KEY") == true)
        let key = await run("--as", "parallel", "--yes")
        #expect(key.code == .refused && key.errors.contains("PARALLEL_API_KEY"))
        #expect(Disk.text(fixture.userFile) == nil)
        #expect(await run("--as", "openai", answers: [.line("y")]).code == .success)
        #expect(Disk.text(fixture.userFile)?.contains("Bearer ${OPENAI_API_KEY}") == true)
    }

    @Test func `a deprecated server is stored with a warning`() async throws {
        let fixture = try RegistryFixture()
        let remotes = #"[{"type": "streamable-http", "url": "https://x.example/"}]"#
        let run = await run(["com.example/crm"], [newest(Self.answer(remotes, status: "deprecated"))], fixture)
        #expect(run.code == .success && run.errors.contains("is deprecated: why"))
    }

    @Test func `an unknown name gets those that are like it`() async throws {
        let fixture = try RegistryFixture()
        let list = #"{"servers": [{"server": {"name": "com.example/crm"}}], "metadata": {"count": 1}}"#
        let run = await run(
            ["com.other/crm"],
            [
                newest(#"{"error": "Server not found"}"#, "com.other%2Fcrm", status: 404),
                .init(.get, "/v0.1/servers?search=crm&version=latest&limit=10", body: list),
            ], fixture)
        #expect(run.code == .usage && run.errors.contains("there are: com.example/crm"), "\(run)")
    }

    @Test func `a registry that fails, or says nothing sensible, is told`() async throws {
        let fixture = try RegistryFixture()
        let words = ["com.example/crm", "--registry-url", "https://r.example/base"]
        func exchange(_ status: Int, _ body: String) -> ScriptedTransport.Exchange {
            .init(.get, "/base/v0.1/servers/com.example%2Fcrm/versions/latest", status: status, body: body)
        }
        #expect(await run(words, [exchange(403, "")], fixture).code == .refused)
        #expect(await run(words, [exchange(200, "<html>")], fixture).code == .unexpected)
        #expect(await run(["x/y", "--registry-url", "http://r.example"], [], fixture).code == .usage)
    }
}

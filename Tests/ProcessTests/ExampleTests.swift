import ParallelCLI
import ParallelJSON
import TestSupport
import Testing

/// Every example of the help, as it stands there.
@Suite(.limited) struct ExampleTests {
    private static let lines = CommandTree.program.commands.flatMap(\.examples).map(\.line)
    private static let writtenID = "trun_9907962f83aa4d9d98fd7f4bf745d654"
    private static let writtenFindAll = "findall_9907962f83aa4d9d98fd7f4bf745d654"
    private static let writtenGroup = "tgrp_9907962f83aa4d9d98fd7f4bf745d654"
    private static let writtenKey = "key_9907962f"
    private static let writtenMonitor = "monitor_9907962f83aa4d9d98fd7f4bf745d654"

    /// Other programs that examples name, so that the test needs none of them; `source` would be zsh's.
    private static let others =
        "jq() { cat >/dev/null; }; man() { cat >/dev/null; }; source() { cat \"$1\" >/dev/null; };"

    @Test(arguments: lines) func `an example works as it is written`(_ line: String) async throws {
        let sandbox = try await RunningSandbox()
        let server = try FakeMCPServer(
            token: nil,
            results: [
                "initialize": [
                    "protocolVersion": "2025-06-18", "capabilities": ["tools": [:], "resources": [:], "prompts": [:]],
                ],
                "tools/list": ["tools": [["name": "find"]]], "resources/list": ["resources": []],
                "resources/templates/list": ["resourceTemplates": []],
                "resources/read": ["contents": [["uri": "docs://guide", "text": "Read me."]]],
                "prompts/list": ["prompts": [["name": "summarize", "arguments": [["name": "topic"]]]]],
                "prompts/get": ["messages": []], "ping": [:],
            ])
        var session = try Session(sandbox)
        try ShellMCPServer.write(into: session.home)
        session.environment["CRM_TOKEN"] = "t1"
        session.environment["DOCS_KEY"] = "t2"
        session.environment["CI_SECRET"] = "sandbox-secret"
        session.environment["PARALLEL_WEBHOOK_SECRET"] = "no-base64!"
        session.environment["SIGNATURE"] = "v1,oFfA3tFUnEPgb4BJDzIkSnRoL4XsSb+XDDPqFUH2uIM="
        session.environment["BROWSER"] = "curl -sL"
        session.environment["SHELL"] = "/bin/bash"
        let preparation = try await session.shell(
            """
            mkdir -p .git ~/data ~/.local/share/bash-completion/completions ~/.config/fish/completions
            echo 'Why?' >question.txt; echo 'Intel and AMD.' >minutes.txt
            echo '{}' >query.json; echo '{"name": "Intel"}' >company.json; echo some-key >key.txt
            printf '{}' >body.json; (umask 077; echo 'no-base64!' >secret.txt)
            parallel login -q --json --browser --wait-for-auth 1m >login.log
            id=$(parallel task run -q --no-wait --events x); echo $id >ids.txt; parallel task run -q --no-wait y >>ids.txt
            parallel mcp add -q crm \(server.url) --bearer-env CRM_TOKEN
            parallel mcp add -q docs \(server.url) --header 'X-Key: ${DOCS_KEY}'
            parallel mcp add -q docs \(server.url) --header 'X-Key: ${DOCS_KEY}' --scope project
            parallel mcp add -q --no-pin team \(server.url) --header 'X-Key: ${DOCS_KEY}' --scope project
            parallel mcp add -q wiki $PARALLEL_BASE_URL/mcp/oauth
            parallel mcp login -q wiki --client-credentials --client-id ci-bot --client-secret-env CI_SECRET
            echo '{"input": "Why?", "processor": "lite"}' >inputs.jsonl; echo '{"input": "Why?"}' >names.jsonl
            printf 'company,website\\nIntel,intel.com\\nAMD,amd.com\\n' >companies.csv
            group=$(parallel group create); parallel group add -q $group inputs.jsonl >/dev/null
            parallel group events $group >/dev/null
            parallel ask -q --with openai x >/dev/null; parallel respond -q x >/dev/null
            monitor=$(parallel monitor create -q 'Recalls of cars')
            \(line.contains("--task-run") ? "parallel task result -q $id >/dev/null" : "")
            \(line.contains("ceos.csv") ? "parallel batch run -q companies.csv -o ceos.csv -p core --field 'ceo=Name of the CEO'" : "")
            parallel findall run -q 'Chip makers' --state found.state >/dev/null
            findall=$(parallel findall run -q --no-wait --metadata sandbox_delay=\(line.contains("cancel") ? 600 : 0) x)
            echo $id $group $findall $monitor $(parallel key list -q --format text)
            """)
        let ids = preparation.output.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(preparation.error == "")
        try #require(ids.prefix(4).map(\.count) == [37, 37, 40, 40] && ids.count == 5)
        let (id, group, findAll) = (ids[0], ids[1], ids[2])

        let script =
            Self.others + " set -euo pipefail\n"
            + line.replacing(Self.writtenID, with: id).replacing(Self.writtenGroup, with: group)
            .replacing(Self.writtenMonitor, with: ids[3])
            .replacing(Self.writtenFindAll, with: findAll).replacing(Self.writtenKey, with: ids[4])
            .replacing("https://crm.example/mcp", with: server.url)
            .replacing("https://docs.example/mcp", with: server.url)
        if line.hasPrefix("parallel shell") {
            // A person types at it, and leaves.
            let terminal = try PseudoTerminal()
            try terminal.start(
                "/bin/bash", ["-c", script], environment: session.environment.merging(["TERM": "xterm"]) { $1 },
                directory: session.home.path)
            try await terminal.waitUntil(contains: " > ")
            try await poll("the editor") { !terminal.modes.echoes }
            terminal.send("\u{4}")
            let exit = try await terminal.wait()
            #expect(exit == .code(0), "\(line)\n\(terminal.output)")
            return
        }
        let result = try await session.shell(script, "/bin/bash")
        #expect(result.exit == .code(0), "\(line)\n\(result)")
    }

    @Test func `every command has an example`() {
        #expect(CommandTree.program.commands.allSatisfy { !$0.examples.isEmpty })
        #expect(Self.lines.count > 20)
    }

    @Test func `both programs have the same version`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let versions = try await session.shell("parallel --version; parallel-sandbox --version")
        #expect(versions.output == "parallel \(Version.number)\nparallel-sandbox \(Version.number)\n")
    }
}

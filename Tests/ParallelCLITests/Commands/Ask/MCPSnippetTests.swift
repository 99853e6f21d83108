import ParallelCLI
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// `mcp snippet`: what it prints, what is not in it, and that every language sends the same request.
@Suite(.timeLimit(.minutes(10))) struct MCPSnippetTests {
    private let home: TemporaryDirectory

    init() throws {
        home = try TemporaryDirectory()
        try Directory.create(home.file(".config/parallel"))
    }

    private func store(_ servers: String) throws {
        try home.write(#"{"mcpServers":{\#(servers)}}"#, to: ".config/parallel/mcp.json")
    }

    private func run(_ words: String..., environment: [String: String] = [:]) async -> CommandRun {
        await snippet(words, environment)
    }

    private func snippet(_ words: [String], _ environment: [String: String] = [:]) async -> CommandRun {
        await CommandRun(
            ["mcp", "snippet"] + words, environment: environment.merging(["PARALLEL_API_KEY": ""]) { one, _ in one },
            directory: home.path)
    }

    private static let crm =
        #""crm":{"url":"https://crm.example/mcp","headers":{"Authorization":"Bearer ${CRM_TOKEN}"}}"#

    // MARK: - What is printed

    @Test func `Python for OpenAI is a program for its SDK`() async {
        let run = await run("parallel-search", "--with", "openai", "--as", "python")
        #expect(run.code == .success && run.errors == "")
        #expect(
            run.output == #"""
                # pip install openai
                # Reads from the environment: OPENAI_API_KEY, PARALLEL_API_KEY (if set)
                import os

                from openai import OpenAI

                # Not sent again after a failure: an answer costs money, and tools can have effects.
                client = OpenAI(
                    api_key=os.environ["OPENAI_API_KEY"],
                    max_retries=0,
                )
                response = client.responses.create(
                    model="gpt-6-astra",
                    input="Who is the CEO of Apple?",
                    tools=[
                        {
                            "type": "mcp",
                            "server_label": "parallel-search",
                            "server_url": "https://search.parallel.ai/mcp",
                            "headers": {
                                "Authorization": "Bearer " + os.environ["PARALLEL_API_KEY"],
                            } if os.environ.get("PARALLEL_API_KEY") else {},
                            "require_approval": "never",
                        },
                    ],
                )

                for item in response.output:
                    if item.type in ("mcp_call", "mcp_approval_request"):
                        print(f"{item.type}: {item.name} of {item.server_label} {item.arguments}")
                print(response.output_text)

                """#)
    }

    @Test func `TypeScript for Anthropic has the token alone, and the beta`() async {
        let run = await run("parallel-task", "--with", "anthropic", "--as", "typescript")
        #expect(run.code == .success && run.errors == "")
        #expect(
            run.output == #"""
                // npm install @anthropic-ai/sdk
                // Reads from the environment: ANTHROPIC_API_KEY, PARALLEL_API_KEY
                import Anthropic from "@anthropic-ai/sdk";

                /** Returns the value of a variable of the environment. */
                function variable(name: string): string {
                  const value = process.env[name];
                  if (!value) throw new Error(`the variable ${name} is not set`);
                  return value;
                }

                // Not sent again after a failure: an answer costs money, and tools can have effects.
                const client = new Anthropic({
                  apiKey: variable("ANTHROPIC_API_KEY"),
                  maxRetries: 0,
                  timeout: 600_000,
                });
                const message = await client.beta.messages.create({
                  model: "claude-sonnet-5",
                  max_tokens: 8000,
                  messages: [
                    {
                      role: "user",
                      content: "Start deep research on the latest developments in AI safety",
                    },
                  ],
                  mcp_servers: [
                    {
                      type: "url",
                      url: "https://task-mcp.parallel.ai/mcp",
                      name: "parallel-task",
                      authorization_token: variable("PARALLEL_API_KEY"),
                    },
                  ],
                  tools: [
                    {
                      type: "mcp_toolset",
                      mcp_server_name: "parallel-task",
                    },
                  ],
                  betas: ["mcp-client-2026-09-15"],
                });

                for (const block of message.content) {
                  if (block.type === "mcp_tool_use") {
                    console.log(`${block.type}: ${block.name} of ${block.server_name}`, block.input);
                  } else if (block.type === "text") {
                    console.log(block.text);
                  }
                }

                """#)
    }

    @Test func `a server that works without Parallel's key gets it only where it is set`() async throws {
        let python = await run("parallel-search", "--with", "anthropic", "--as", "python").output
        let token = #"os.environ["PARALLEL_API_KEY"] if os.environ.get("PARALLEL_API_KEY") else None,"#
        #expect(python.contains("\"authorization_token\": \(token)\n"), "\(python)")
        let typescript = await run("parallel-search", "--with", "gemini", "--model", "g", "--as", "typescript").output
        #expect(typescript.contains(#"headers: process.env["PARALLEL_API_KEY"] ? {"#), "\(typescript)")
        // The task server needs it.
        let both = await run("parallel-search", "parallel-task", "--with", "openai", "--as", "python").output
        #expect(both.contains("# Reads from the environment: OPENAI_API_KEY, PARALLEL_API_KEY\n"), "\(both)")
    }

    @Test func `the curl command is that of ask`() async {
        let words = ["--with", "openai", "--model", "m", "--allow-tool", "web_search"]
        let snippet = await snippet(["parallel-search", "--as", "curl", "--prompt", "Why?"] + words)
        let ask = await CommandRun(
            ["ask", "--curl", "--no-stream", "--mcp", "parallel-search", "Why?"] + words, directory: home.path)
        #expect(snippet.code == .success && snippet.output == ask.output && snippet.errors == ask.errors)
        #expect(snippet.output.contains("authorization: Bearer $OPENAI_API_KEY\n"))
    }

    @Test(arguments: [
        ("parallel", "openai", "base_url=\"https://api.parallel.ai/v1\",\n", "PARALLEL_API_KEY"),
        ("xai", "openai", "base_url=\"https://api.x.ai/v1\",\n", "XAI_API_KEY"),
        (
            "gemini", "Plain HTTP",
            "urllib.request.Request(\n    \"https://generativelanguage.googleapis.com/v1beta/interactions\",\n",
            "GEMINI_API_KEY"
        ),
    ])
    func `a provider without an SDK of its own is asked at its address`(
        provider: String, package: String, address: String, key: String
    ) async {
        let run = await run("crm-less", "--with", provider, "--as", "python")
        #expect(run.code == .usage)
        let code = await self.run("parallel", "--with", provider, "--as", "python", "--model", "m").output
        #expect(code.contains(package) && code.contains(address) && code.contains("os.environ[\"\(key)\"]"), "\(code)")
    }

    @Test func `another address and the variable that is set are in the code`() async {
        let environment = ["ANTHROPIC_BASE_URL": "https://gateway.example/x", "GOOGLE_API_KEY": "g-4711"]
        let python = await run(
            "parallel", "--with", "anthropic", "--as", "python", environment: environment)
        #expect(python.output.contains("    base_url=\"https://gateway.example/x\",\n"))
        let gemini = await run(
            "parallel", "--with", "gemini", "--model", "g", "--as", "typescript", environment: environment)
        #expect(gemini.output.contains("headers.set(\"x-goog-api-key\", variable(\"GOOGLE_API_KEY\"));\n"))
        #expect(!gemini.output.contains("4711"))
    }

    @Test func `the JSON is the body, and a file gets what standard output would`() async {
        let run = await run(
            "parallel-search", "--with", "gemini", "--model", "g", "--as", "json", "--max-tokens", "9", "-o", "body.py")
        #expect(run.code == .success && run.output == "")
        let body: JSONValue = [
            "model": "g", "input": "Who is the CEO of Apple?", "generation_config": ["max_output_tokens": 9],
            "tools": [
                [
                    "type": "mcp_server", "name": "parallel-search", "url": "https://search.parallel.ai/mcp",
                    "headers": ["Authorization": "Bearer ${PARALLEL_API_KEY}"],
                ]
            ],
        ]
        #expect(Disk.text(home.file("body.py")) == body.serialized(.pretty) + "\n")
    }

    // MARK: - Secrets

    @Test(arguments: ["curl", "python", "typescript", "json"])
    func `no value of the registry is printed, and what stands for it is told`(language: String) async throws {
        try store(
            #"""
            "crm": {"url": "https://crm.example/a/mcp?key=lit-4711x", "headers": {
              "Authorization": "Bearer lit-4712x", "X-Lit": "lit-4713x", "X-Set": "pre ${T:-def-4714x}"}},
            "docs": {"url": "https://docs.example/mcp", "headers": {"Authorization": "Bearer ${D:-def-4715x}"}}
            """#)
        let run = await run(
            "crm", "docs", "--with", "openai", "--as", language, environment: ["D": "set-4716x", "T": "set-4717x"])
        #expect(run.code == .success, "\(run.errors)")
        #expect(!run.output.contains("471") && !run.errors.contains("471"), "\(run.output)")
        for name in ["CRM_URL", "CRM_TOKEN", "CRM_X_LIT", "CRM_X_SET", "D"] {
            #expect(run.output.contains(name), "\(name): \(run.output)")
        }
        for name in ["CRM_URL", "CRM_TOKEN", "CRM_X_LIT"] {
            #expect(run.errors.contains("note: set \(name) to what the registry holds for 'crm' itself\n"))
        }
        // It has a variable in it, which nothing would put in place.
        #expect(
            run.errors.contains("set CRM_X_SET to what the registry holds for 'crm' itself, with the values of its "))
        #expect(run.errors.contains("note: the default of D is not printed; the code needs the variable\n"))
    }

    @Test func `no two values share a variable, not even with the provider's key`() async throws {
        try store(
            #"""
            "crm":{"url":"https://crm.example/mcp","headers":{"X-Key":"${CRM_TOKEN}","Authorization":"Bearer lit-4711x",
            "X-Lit":"lit-4712x","X_Lit":"lit-4713x"}},
            "openai":{"url":"https://o.example/mcp","headers":{"Api-Key":"lit-4714x"}}
            """#)
        let run = await run("crm", "openai", "--with", "openai", "--as", "json")
        let body = try JSONValue.parse(Array(run.output.utf8))
        #expect(
            body["tools"]?[0]?["headers"] == [
                "X-Key": "${CRM_TOKEN}", "Authorization": "Bearer ${CRM_TOKEN_2}", "X-Lit": "${CRM_X_LIT}",
                "X_Lit": "${CRM_X_LIT_2}",
            ], "\(run.output)")
        #expect(body["tools"]?[1]?["headers"] == ["Api-Key": "${OPENAI_API_KEY_2}"])
        #expect(
            run.errors.split(separator: "\n").count == 4 && run.errors.contains("set CRM_TOKEN_2 to"), "\(run.errors)")
    }

    @Test func `a literal token is taken for one by Anthropic's connector too`() async throws {
        try store(#""crm": {"url": "https://crm.example/mcp", "headers": {"Authorization": "Bearer lit-4712x"}}"#)
        let run = await run("crm", "--with", "anthropic", "--as", "python")
        #expect(run.output.contains("\"authorization_token\": os.environ[\"CRM_TOKEN\"],\n"), "\(run.errors)")
    }

    @Test func `a login becomes a variable`() async throws {
        let world = OAuthWorld()
        _ = await world.run(
            ["login", MCPRun.url, "--client-credentials", "--client-id", "ci", "--client-secret-env", "S"], home,
            environment: ["S": "s3cret-value"])
        try store(#""wiki": {"url": "\#(MCPRun.url)"}"#)
        let run = await run("wiki", "--with", "anthropic", "--as", "python")
        #expect(run.output.contains("\"authorization_token\": os.environ[\"WIKI_TOKEN\"],\n"), "\(run.errors)")
        #expect(run.errors == "note: set WIKI_TOKEN to a token of 'wiki'; the login here stays here\n")
        #expect(!run.output.contains(world.secrets))
    }

    @Test(arguments: [
        (["crm", "--with", "openai"], "missing --as"), (["crm", "--as", "python"], "missing --with"),
        (["crm", "--as", "python", "--with", "xai"], "missing --model"),
        (["crm", "--as", "python", "--with", "parallel", "--approve", "ask"], "asks nobody"),
        (["crm", "--as", "python", "--with", "openai", "--beta", "mcp-client-2025-04-04"], "--beta goes with"),
        (["keyed", "--as", "curl", "--with", "anthropic"], "wants the header 'X-Key'"),
        (["plain", "--as", "curl", "--with", "anthropic"], "Anthropic takes https only"),
        (["here", "--as", "json", "--with", "openai"], "is on this machine"),
        (["other", "--as", "json", "--with", "openai"], "no MCP server is named 'other'"),
        (["crm", "--as", "json", "--with", "openai", "--prompt", " "], "is empty"),
        (["crm", "--as", "json", "--with", "openai", "--system", "@none"], "none"),
    ])
    func `what ask refuses is refused here, and nothing is printed`(words: [String], reason: String) async throws {
        try store(
            Self.crm + #","keyed":{"url":"https://k.example/mcp","headers":{"X-Key":"${K}"}},"#
                + #""plain":{"url":"http://p.example/mcp"},"here":{"url":"http://127.0.0.1:9/mcp"}"#)
        let run = await snippet(words)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(reason), "\(run.errors)")
    }

    // MARK: - Foreign text

    /// Texts that try to leave the literal they stand in, in one of the languages.
    private static let hostile = [
        #"a "quote" 'single' `tick` \ back\\slash \n \u0041 \"#, "'''\"\"\" ''' \"\"\" #",
        "${LEAK} ${CRM_TOKEN} ${LEAK:-x} $LEAK $(id) `id`",
        "line\nBODY\nHEADERS\n  \"tools\": [\r\n\t\"server_url\": \"${CRM_TOKEN}\"", "</script><!-- */ // #{x} {x} %s",
        "\u{2028}let\u{2029}x\u{85}\u{0}\u{1B}[31m\u{7F}\u{202E}txet\u{200B}\u{FEFF}",
        "\u{1F469}\u{200D}\u{1F680} é e\u{301} \u{E0041}",
        "\"; process.exit(1); //", "\" + __import__('os').environ['CRM_TOKEN'] + \"", "__proto__",
    ]

    private static func find(_ names: [String]) -> String? { names.first { Disk.mode($0) != nil } }
    private static let compiler = find(["/usr/bin/tsc", "/usr/local/bin/tsc", "/opt/homebrew/bin/tsc"])
    private static let node = find(["/usr/bin/node", "/usr/local/bin/node", "/opt/homebrew/bin/node"])
    private static let python = find(["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"])

    /// The snippet of each hostile text in a language, by file name, with the body that it must send. The text is the
    /// question, the instructions and the name of a tool.
    private func hostileSnippets(_ language: String) async throws -> [(name: String, text: String, body: JSONValue)] {
        try store(
            Self.crm + #","odd":{"url":"https://o.example/$HOME/'a'/${ODD}/mcp","headers":{"X-A":"${ODD}"}}"#)
        var snippets: [(String, String, JSONValue)] = []
        for (index, text) in Self.hostile.enumerated() {
            try home.write(text + "\n", to: "prompt.txt")
            for provider in ["openai", "anthropic", "gemini"] {
                let servers = provider == "anthropic" ? ["crm"] : ["crm", "odd"]
                // No argument can have a NUL.
                let tool = text.replacing("\0", with: "")
                let words =
                    servers + [
                        "--with", provider, "--model", "m", "--prompt", "@prompt.txt", "--system", "@prompt.txt",
                    ]
                    + ["--allow-tool=\(tool)", "--as"]
                let code = await snippet(words + [language])
                #expect(code.code == .success, "\(code.errors)")
                let body = await snippet(words + ["json"])
                let json = try JSONValue.parse(body.output)
                #expect(json.serialized().contains(JSONValue.string(text).serialized()))
                snippets.append(("\(provider)\(index)", code.output, json))
            }
        }
        return snippets
    }

    /// What the variables hold when a snippet is run: the text that refers to them, so that what is sent is the JSON
    /// that `--as json` prints.
    private func environment(_ more: [String: String] = [:]) -> [String: String] {
        var environment = ["PATH": "\(home.file("bin")):/usr/bin:/bin:/usr/local/bin", "HOME": "/nonexistent"]
        for name in ["CRM_TOKEN", "ODD"] { environment[name] = "${\(name)}" }
        environment["LEAK"] = "leaked"
        for name in ["OPENAI", "ANTHROPIC", "GEMINI"] { environment[name + "_API_KEY"] = "k" }
        return environment.merging(more) { $1 }
    }

    private func check(_ result: ChildProcess.Result, sends body: JSONValue, _ name: String) throws {
        #expect(result.exit == .code(0), "\(name): \(result)")
        var sent = try #require(try? JSONValue.parse(result.outputBytes).object, "\(name): \(result)")
        sent["betas"] = nil
        #expect(JSONValue.object(sent) == body, "\(name)")
    }

    @Test func `whatever is asked, the curl command sends it, and no variable but those of servers`() async throws {
        try Directory.create(home.file("bin"))
        try home.write("#!/bin/sh\nexec cat\n", to: "bin/curl", mode: 0o755)
        for (name, text, body) in try await hostileSnippets("curl") {
            try check(
                try await ChildProcess.run(
                    "/bin/sh", ["-c", text], environment: environment(), directory: home.path), sends: body, name)
        }
    }

    @Test(.enabled(if: python != nil, "python3 is not installed"))
    func `whatever is asked, the Python program sends it`() async throws {
        // They stand in for the packages: each prints what it was given.
        let answer = "return type('Answer', (), {'output': [], 'output_text': '', 'content': []})"
        let sdk = """
            import json
            class Client:
                def __init__(self, api_key, max_retries, timeout=None):
                    self.responses = self.messages = self.beta = self
                def create(self, **body):
                    print(json.dumps(body))
                    \(answer)
            OpenAI = Anthropic = Client
            """
        for name in ["openai.py", "anthropic.py"] { try home.write(sdk, to: name) }
        try Directory.create(home.file("urllib"))
        try home.write("", to: "urllib/__init__.py")
        try home.write(
            """
            import io
            class Request:
                def __init__(self, url, data, headers):
                    print(data.decode())
                def add_unredirected_header(self, name, value):
                    assert value == "k"
            def urlopen(request, timeout):
                return io.BytesIO(b'{"steps": []}')
            """, to: "urllib/request.py")
        for (name, text, body) in try await hostileSnippets("python") {
            try home.write(text, to: "\(name).py")
            try check(
                try await ChildProcess.run(
                    Self.python ?? "", ["\(name).py"], environment: environment(), directory: home.path), sends: body,
                name)
        }
    }

    @Test(.enabled(if: compiler != nil && node != nil, "tsc or node is not installed"))
    func `whatever is asked, the compiler takes the TypeScript, and it sends it`() async throws {
        let snippets = try await hostileSnippets("typescript")
        for snippet in snippets { try home.write(snippet.text, to: "\(snippet.name).mts") }
        let packages = #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/typescript"
        let names = snippets.map { "\"\($0.name).mts\"" }.joined(separator: ", ")
        try home.write(
            """
            {"extends": "/\(packages)/tsconfig.json", "compilerOptions": {"noEmit": false},
             "files": ["/\(packages)/packages.d.ts", \(names)]}
            """, to: "tsconfig.json")
        let compiled = try await ChildProcess.run(
            Self.compiler ?? "", ["-p", "."], environment: environment(), directory: home.path, seconds: 300)
        try #require(compiled.exit == .code(0), "\(compiled)")
        let sdk = """
            export default class {
              responses = this; messages = this; beta = this;
              async create(body) {
                console.log(JSON.stringify(body));
                process.stdout.write = () => true;
                return { output: [], output_text: "", content: [] };
              }
            }
            """
        for package in ["openai", "@anthropic-ai/sdk"] {
            try Directory.create(home.file("node_modules/\(package)"))
            try home.write(sdk, to: "node_modules/\(package)/index.js")
            try home.write(
                #"{"name": "x", "type": "module", "main": "index.js"}"#, to: "node_modules/\(package)/package.json")
        }
        try home.write(
            """
            globalThis.fetch = async (url, init) => {
              console.log(init.body);
              return { ok: true, json: async () => ({ steps: [] }) };
            };
            """, to: "fetch.cjs")
        for (name, _, body) in snippets {
            try check(
                try await ChildProcess.run(
                    Self.node ?? "", ["--require", "./fetch.cjs", "\(name).mjs"], environment: environment(),
                    directory: home.path), sends: body, name)
        }
    }
}

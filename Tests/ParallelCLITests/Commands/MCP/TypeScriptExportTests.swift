import ParallelCLI
import ParallelJSON
import TestSupport
import Testing

/// The written TypeScript, as the compiler takes it.
@Suite(.timeLimit(.minutes(10))) struct TypeScriptExportTests {
    private static let compiler = ["/usr/bin/tsc", "/usr/local/bin/tsc", "/opt/homebrew/bin/tsc"].first {
        Disk.mode($0) != nil
    }

    /// A text that tries to end the string, the comment or the line that it stands in, and to switch checks off.
    private static let hostile: JSONValue =
        "Ends */ here `${x}` \"quoted\" \\ \n@ts-nocheck\u{2028}let x: = 1\u{202E}\r\n/* </script> '\u{1B}[31m"

    private static let tools: JSONValue = [
        [
            "name": "find", "description": hostile,
            "inputSchema": [
                "type": "object", "required": ["name", "undeclared"],
                "properties": [
                    "name": ["type": "string", "description": hostile], "limit": ["type": "integer", "default": 3],
                    "state": ["enum": ["a", "b", 1, nil, true]],
                    "tags": ["type": "array", "items": ["type": "string"]],
                    "when": ["anyOf": [["type": "string"], ["type": "null"]]], "kind": ["const": "x"],
                    "size": ["type": "number", "nullable": true], "many": ["type": ["string", "null"]],
                    "pair": [
                        "type": "array", "prefixItems": [["type": "string"], ["type": "number"]], "items": false,
                        "minItems": 1,
                    ],
                    "old": ["type": "array", "items": [["type": "string"]], "additionalItems": ["type": "boolean"]],
                    "any": true, "never": false, "far": ["$ref": "https://evil.example/schema"],
                    "all": [
                        "allOf": [["type": "object", "properties": ["a": ["type": "string"]]], ["$ref": "#/$defs/B"]]
                    ],
                    "odd": ["type": "objekt"], "a-b": ["type": "boolean"], "x\"y*/": ["type": "string"],
                    "__proto__": ["type": "string"], "delete": ["type": "string"],
                ], "$defs": ["B": ["type": "object", "properties": ["b": ["type": "string"]], "required": ["b"]]],
            ],
            "outputSchema": [
                "type": "object", "properties": ["hits": ["type": "array", "items": ["$ref": "#/$defs/Hit"]]],
                "$defs": ["Hit": ["type": "object", "properties": ["next": ["$ref": "#/$defs/Hit"]]]],
            ],
        ],
        [
            "name": "tree",
            "inputSchema": [
                "type": "object", "properties": ["root": ["$ref": "#/$defs/Node"], "self": ["$ref": "#"]],
                "$defs": [
                    "Node": [
                        "description": hostile, "type": "object",
                        "properties": [
                            "kids": ["type": "array", "items": ["$ref": "#/$defs/Node"]], "l": ["$ref": "#/$defs/Loop"],
                        ],
                        "additionalProperties": ["$ref": "#/$defs/Loop"],
                    ],
                    "Loop": ["anyOf": [["$ref": "#/$defs/Pool"], ["type": "string"]]],
                    "Pool": ["oneOf": [["$ref": "#/$defs/Loop"], ["$ref": "#/$defs/Pool"], ["type": "number"]]],
                ],
            ],
        ],
        ["name": "__proto__", "inputSchema": ["type": "object", "additionalProperties": false]],
        ["name": "default", "inputSchema": ["anyOf": [["required": ["a"]], ["required": ["b"]]]]],
        ["name": "a.b/c \"d", "inputSchema": ["type": "object", "additionalProperties": ["type": "string"]]],
        ["name": "Find", "inputSchema": [:]], ["name": "../../../etc/passwd"], ["name": "-rf"],
        ["name": .string(String(repeating: "x", count: 100))],
    ]

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func export(_ tools: JSONValue, _ words: String...) async -> CommandRun {
        await MCPRun.run(
            ["export", MCPRun.url, "--as", "ai-sdk", "-o", "out"] + words, ScriptedMCPServer.modern(tools: tools),
            environment: ["T": "tok-4711"], directory: directory.path)
    }

    /// Compiles what was written, with `more` as a further file.
    private func compile(_ more: String = "") async throws -> ChildProcess.Result {
        let packages = #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/typescript"
        try directory.write(more, to: "out/more.ts")
        try directory.write(
            """
            {"extends": "/\(packages)/tsconfig.json", "files": ["index.ts", "more.ts", "/\(packages)/packages.d.ts"]}
            """, to: "out/tsconfig.json")
        return try await ChildProcess.run(
            try #require(Self.compiler), ["-p", "out"], environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"],
            directory: directory.path, seconds: 300)
    }

    @Test(.enabled(if: Self.compiler != nil, "tsc is not installed"))
    func `whatever a server describes, the compiler accepts what is written`() async throws {
        let run = await export(Self.tools, "--bearer-env", "T")
        #expect(run.code == .success, "\(run.errors)")
        let result = try await compile(
            """
            import { close, tools } from "./index.js";
            import type { Input } from "./tools/find-e6640de8.js";
            const input: Input = { name: "a", undeclared: 1, state: null, pair: ["x", 1], all: { a: "x", b: "y" }, many: null };
            export const done = [tools.find.execute?.(input, { toolCallId: "1", messages: [] }), close()];
            """)
        #expect(result.exit == .code(0), "\(result)")
        #expect(
            Disk.names(in: directory.file("out/tools")).sorted() == [
                "Find-822b2ae4.ts", "_________etc_passwd.ts", "__proto__.ts", "_rf.ts", "a_b_c__d.ts", "default.ts",
                "find-e6640de8.ts", "tree.ts", "\(String(repeating: "x", count: 55))_09ecb6eb.ts",
            ])
    }

    @Test(.enabled(if: Self.compiler != nil, "tsc is not installed"))
    func `the compiler refuses arguments that don't fit the schema`() async throws {
        _ = await export(Self.tools)
        let inputs = [
            #"{ }"#, #"{ name: 1, undeclared: 1 }"#, #"{ name: "a", undeclared: 1, state: "c" }"#,
            #"{ name: "a", undeclared: 1, tags: ["x", 1] }"#, #"{ name: "a", undeclared: 1, other: 1 }"#,
            #"{ name: "a", undeclared: 1, pair: [1] }"#, #"{ name: "a", undeclared: 1, all: { a: "x" } }"#,
        ]
        let lines = inputs.enumerated().map { "export const input\($0): Input = \($1);" }
        let result = try await compile(
            (["import type { Input } from \"./tools/find-e6640de8.js\";"] + lines).joined(separator: "\n"))
        for (index, input) in inputs.enumerated() {
            #expect(result.output.contains("more.ts(\(index + 2),"), "\(input) was taken: \(result)")
        }
    }

    @Test func `a module has the types, the schema, and the name that the server knows`() async throws {
        let schema: JSONValue = [
            "type": "object", "required": ["city"],
            "properties": [
                "city": ["type": "string", "description": "A city.\nOr a town."], "__proto__": ["type": "boolean"],
            ],
        ]
        _ = await export([["name": "get.weather", "description": "Tells the weather.", "inputSchema": schema]])
        #expect(
            Disk.text(directory.file("out/tools/get_weather.ts")) == #"""
                import { jsonSchema, tool } from "ai";
                import { callTool } from "../client.js";

                /** Arguments of the tool get_weather, on the server get.weather. */
                export type Input = {
                  /**
                   * A city.
                   * Or a town.
                   */
                  city: string;
                  __proto__?: boolean;
                };

                const schema: unknown = {
                  "type": "object",
                  "required": [
                    "city"
                  ],
                  "properties": {
                    "city": {
                      "type": "string",
                      "description": "A city.\nOr a town."
                    },
                    ["__proto__"]: {
                      "type": "boolean"
                    }
                  }
                };

                /** Tells the weather. */
                export default tool({
                  description: "Tells the weather.",
                  inputSchema: jsonSchema<Input>(schema as Parameters<typeof jsonSchema>[0]),
                  execute: (input: Input, options: { abortSignal?: AbortSignal }) =>
                    callTool("get.weather", input, options.abortSignal),
                });

                """#)
        #expect(
            Disk.text(directory.file("out/index.ts")) == """
                import tool0 from "./tools/get_weather.js";

                export { callTool, close } from "./client.js";

                /** The tools by name, for `generateText` and `streamText`. */
                export const tools = {
                  get_weather: tool0,
                };

                """)
    }
}

import ParallelJSON
import ParallelSettings
import ParallelSystem

/// An export as TypeScript for the AI SDK: a module for each tool, one with the connection, an index, and a README.
///
/// The modules import `ai` (5 or later) and `@modelcontextprotocol/sdk`. No value of a header is in them: they read the
/// environment.
struct AISDKFiles {
    let export: ToolExport
    /// The paths of the tools' modules.
    let paths: [String]

    var all: [ToolExport.File] {
        zip(export.tools, paths).map { ToolExport.File(path: $1, text: module(of: $0)) } + [
            ToolExport.File(path: "client.ts", text: client),
            ToolExport.File(path: "index.ts", text: index),
            ToolExport.File(path: "README.md", text: readme),
        ]
    }

    private func module(of tool: ExportedTool) -> String {
        let output = tool.pinned.definition["outputSchema"]
        let description = tool.description ?? ""
        let names = tool.name.isExactly(tool.original) ? tool.name : "\(tool.name), on the server \(tool.original)"
        let result = output == nil ? "" : ") as Promise<Output>"
        return """
            import { jsonSchema, tool } from "ai";
            import { callTool } from "../client.js";

            \(TypeScriptText.comment("Arguments of the tool \(names)."))\
            \(TypeScriptTypes.declarations(of: tool.schema, as: "Input"))
            \(output.map { "\(TypeScriptTypes.declarations(of: $0, as: "Output"))\n" } ?? "")\
            const schema: unknown = \(TypeScriptText.expression(tool.schema));

            \(TypeScriptText.comment(description))\
            export default tool({
            \(description.isEmpty ? "" : "  description: \(TypeScriptText.literal(description)),\n")\
              inputSchema: jsonSchema<Input>(schema as Parameters<typeof jsonSchema>[0]),
              execute: (input: Input, options: { abortSignal?: AbortSignal }) =>
                \(output == nil ? "" : "(")callTool(\(TypeScriptText.literal(tool.original)), input, options.abortSignal)\(result),
            });

            """
    }

    private var index: String {
        let imports = paths.enumerated().map { index, path in
            "import tool\(index) from \(TypeScriptText.literal("./\(path.prefix(path.utf8.count - 3)).js"));\n"
        }
        let members = export.tools.enumerated().map { index, tool in
            "  \(TypeScriptText.key(tool.name)): tool\(index),\n"
        }
        return """
            \(imports.joined())
            export { callTool, close } from "./client.js";

            /** The tools by name, for `generateText` and `streamText`. */
            export const tools = {
            \(members.joined())};

            """
    }

    private var client: String {
        let server = server
        var headers = server.headers.map { "\(TypeScriptText.key($0.name)): \(Self.expression($0.value))" }
        if export.source.keyIsOptional, let key = headers.popLast() {
            let isSet = "process.env[\(TypeScriptText.literal(Settings.keyVariable))]"
            headers.append("...((\(isSet) ? { \(key) } : {}) as Record<string, string>)")
        }
        headers = headers.map { "        \($0),\n" }
        return """
            import { Client } from "@modelcontextprotocol/sdk/client/index.js";
            import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

            \(server.variables.isEmpty ? "" : TypeScriptText.variableFunction + "\n")async function open(): Promise<Client> {
              const client = new Client({ name: "parallel-export", version: "1.0.0" });
              const url = new URL(\(Self.expression(server.url)));
              const transport = new StreamableHTTPClientTransport(url, {
                requestInit: {
                  headers: {
            \(headers.joined())      },
                },
              });
              client.onclose = () => {
                connection = undefined;
              };
              await client.connect(transport);
              return client;
            }

            let connection: Promise<Client> | undefined;

            /** Returns the one connection of this process, opened by the first call. */
            function connect(): Promise<Client> {
              connection ??= open().catch((error: unknown) => {
                connection = undefined;
                throw error;
              });
              return connection;
            }

            /** Closes the connection, without which a program that has called a tool may not end. */
            export async function close(): Promise<void> {
              const opened = connection;
              connection = undefined;
              if (opened) await (await opened).close();
            }

            /**
             * Calls a tool of the server. Returns its structured content; without any, its text, or else the content items.
             * Throws what the tool itself reports as an error.
             */
            export async function callTool(name: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
              const client = await connect();
              const parameters = { name, arguments: input as Record<string, unknown> };
              const result = (await client.callTool(parameters, undefined, signal ? { signal } : {})) as { isError?: unknown; structuredContent?: unknown; content?: unknown };
              const items = (Array.isArray(result.content) ? result.content : []) as Array<{ type?: unknown; text?: unknown }>;
              const text = items.filter((item) => item.type === "text").map((item) => String(item.text)).join("\\n");
              if (result.isError) throw new Error(text || `the tool ${name} reports an error`);
              if (result.structuredContent !== undefined) return result.structuredContent;
              return items.every((item) => item.type === "text") ? text : items;
            }

            """
    }

    private var readme: String {
        let source = export.source
        let names = server.variables.map { "- `\($0.name)`\n" }.joined()
        let tools = export.tools.map { "- `\($0.name)`\n" }.joined()
        return """
            # Tools of an MCP server for the AI SDK

            The tools of \(TypeScriptText.harmless(source.url)), as they were when these files were written.

                npm install ai @modelcontextprotocol/sdk

            ```ts
            import { generateText, stepCountIs } from "ai";
            import { close, tools } from "./index.js";

            const { text } = await generateText({ model, tools, prompt, stopWhen: stepCountIs(5) });
            await close();
            ```

            \(names.isEmpty ? "" : "These variables of the environment are read when a tool is first called:\n\n\(names)\n")\
            ## Tools

            \(tools)
            ## Keeping them up to date

            `\(ExportLock.name)` says what the server's definitions were, and which files were written from them. In this folder

                \(source.commands.check)

            tells how the server has changed since, with exit code 8 if it has, and

                \(source.commands.write)

            writes the files again. Where you have edited one, it writes nothing, and says how to replace your changes.

            """
    }

    // MARK: - Where values come from

    /// The server with variables in place of secrets.
    private var server: ServerDefinition {
        var names = VariableNames(besides: [export.source.template])
        return export.source.template.withoutSecrets(export.source.name, showing: export.source.openNames, &names)
    }

    private static func expression(_ template: String) -> String {
        VariableReference.parts(of: template).map { part in
            switch part {
            case .literal(let text): TypeScriptText.literal(text)
            case .reference(let variable): "variable(\(TypeScriptText.literal(variable.name)))"
            }
        }.joined(separator: " + ")
    }
}

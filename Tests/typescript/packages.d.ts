// What the written TypeScript uses of the packages `ai` (5) and `@modelcontextprotocol/sdk` (1), and of Node. It stands in
// for them in the tests, which install no packages: names and types as in those versions, and nothing else.

declare module "ai" {
  export interface JSONSchema7 {
    type?: "string" | "number" | "integer" | "boolean" | "object" | "array" | "null" | string[];
    properties?: Record<string, JSONSchema7 | boolean>;
    [keyword: string]: unknown;
  }

  export interface Schema<OBJECT = unknown> {
    readonly _type: OBJECT;
    readonly jsonSchema: JSONSchema7 | PromiseLike<JSONSchema7>;
  }

  export function jsonSchema<OBJECT = unknown>(
    schema: JSONSchema7 | PromiseLike<JSONSchema7> | (() => JSONSchema7 | PromiseLike<JSONSchema7>),
    options?: { validate?: (value: unknown) => { success: true; value: OBJECT } | { success: false; error: Error } },
  ): Schema<OBJECT>;

  export interface ToolCallOptions {
    toolCallId: string;
    messages: unknown[];
    abortSignal?: AbortSignal;
  }

  export interface Tool<INPUT = unknown, OUTPUT = unknown> {
    description?: string;
    inputSchema: Schema<INPUT>;
    execute?: (input: INPUT, options: ToolCallOptions) => PromiseLike<OUTPUT> | OUTPUT;
  }

  export function tool<INPUT, OUTPUT>(tool: Tool<INPUT, OUTPUT>): Tool<INPUT, OUTPUT>;
}

declare module "@modelcontextprotocol/sdk/client/streamableHttp.js" {
  export class StreamableHTTPClientTransport {
    constructor(url: URL, options?: { requestInit?: RequestInit; sessionId?: string });
    onclose?: () => void;
    close(): Promise<void>;
  }
}

declare module "@modelcontextprotocol/sdk/client/index.js" {
  import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

  type Content =
    | { [key: string]: unknown; type: "text"; text: string }
    | { [key: string]: unknown; type: "image"; data: string; mimeType: string };

  export class Client {
    constructor(info: { name: string; version: string; title?: string }, options?: { capabilities?: object });
    onclose?: () => void;
    connect(transport: StreamableHTTPClientTransport): Promise<void>;
    callTool(
      params: { name: string; arguments?: { [key: string]: unknown } },
      resultSchema?: unknown,
      options?: { signal?: AbortSignal; timeout?: number },
    ): Promise<
      | { [key: string]: unknown; content: Content[]; structuredContent?: { [key: string]: unknown }; isError?: boolean }
      | { [key: string]: unknown; toolResult: unknown }
    >;
    close(): Promise<void>;
  }
}

declare const process: { env: Record<string, string | undefined> };

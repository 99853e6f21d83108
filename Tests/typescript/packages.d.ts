// What the written TypeScript uses of the packages `ai` (5), `@modelcontextprotocol/sdk` (1), `openai` and
// `@anthropic-ai/sdk`, and of Node. It stands in for them in the tests, which install no packages: names and types as in
// those versions, and nothing else.

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

declare module "openai" {
  interface MCPTool {
    type: "mcp";
    server_label: string;
    server_url?: string;
    headers?: { [name: string]: string } | null;
    authorization?: string;
    allowed_tools?: string[] | null;
    require_approval?: "always" | "never" | null;
  }

  interface Request {
    model: string;
    input: string;
    instructions?: string | null;
    max_output_tokens?: number | null;
    reasoning?: { effort?: "low" | "medium" | "high" | null } | null;
    tools?: MCPTool[];
  }

  type Item =
    | { type: "mcp_call"; name: string; server_label: string; arguments: string; output?: string | null }
    | { type: "mcp_approval_request"; id: string; name: string; server_label: string; arguments: string }
    | { type: "mcp_list_tools"; server_label: string }
    | { type: "message"; content: { type: "output_text"; text: string }[] };

  export default class OpenAI {
    constructor(options?: { apiKey?: string; baseURL?: string | null; maxRetries?: number; timeout?: number });
    responses: { create(request: Request): Promise<{ id: string; output: Item[]; output_text: string }> };
  }
}

declare module "@anthropic-ai/sdk" {
  interface Server {
    type: "url";
    url: string;
    name: string;
    authorization_token?: string | null;
    tool_configuration?: { enabled?: boolean | null; allowed_tools?: string[] | null } | null;
  }

  interface Toolset {
    type: "mcp_toolset";
    mcp_server_name: string;
    default_config?: { enabled?: boolean; defer_loading?: boolean };
    configs?: { [tool: string]: { enabled?: boolean; defer_loading?: boolean } } | null;
  }

  interface Request {
    model: string;
    max_tokens: number;
    system?: string;
    messages: { role: "user" | "assistant"; content: string }[];
    mcp_servers?: Server[];
    tools?: Toolset[];
    betas?: string[];
  }

  type Block =
    | { type: "text"; text: string }
    | { type: "mcp_tool_use"; id: string; name: string; server_name: string; input: unknown }
    | { type: "mcp_tool_result"; tool_use_id: string; is_error: boolean };

  export default class Anthropic {
    constructor(options?: { apiKey?: string | null; baseURL?: string | null; maxRetries?: number; timeout?: number });
    beta: { messages: { create(request: Request): Promise<{ id: string; content: Block[] }> } };
  }
}

declare const process: { env: Record<string, string | undefined> };

// Calls one tool of an MCP server again and again on one connection: `mcp-calls URL TOOL ARGUMENTS COUNT`.
// `Scripts/bench` runs it beside the same in the official Python SDK.
import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

CurlTransport.prepareProcess()
let words = CommandLine.arguments
guard words.count == 5, let count = Int(words[4]), let arguments = try? JSONValue.parse(words[3]).object else {
    print("usage: mcp-calls URL TOOL ARGUMENTS COUNT")
    exit(2)
}
let url = MCPServer.Reference(template: words[1], expanded: words[1])
let endpoint = MCPEndpoint(
    MCPServer(name: words[1], url: url, headers: [], allowedTools: nil), at: try HTTPURL(words[1]))
let clock = ContinuousClock()
let client = MCPClient(
    endpoint, transport: CurlTransport(TransportOptions(userAgent: "mcp-calls")), clock: clock, clientVersion: "1",
    memory: nil, patience: .seconds(30)
) { _ in }
let failures = try await client.use {
    try await client.connect()
    let tool = try await client.tools().tools.first { $0.name == words[2] }
    var failures = 0
    let elapsed = clock.stopwatch()
    for _ in 0..<count {
        let result = try await client.call(words[2], arguments, tool: tool, limit: .seconds(30))
        if result["isError"]?.bool == true { failures += 1 }
    }
    let (seconds, attoseconds) = elapsed().components
    print(Double(seconds) + Double(attoseconds) / 1e18)
    return failures
}
exit(failures == 0 ? 0 : 1)

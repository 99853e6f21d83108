import ParallelJSON
import TestSupport
import Testing

/// The commands of the documentation, as they stand there.
@Suite(.limited) struct DocumentationTests {
    /// The lines of a page's blocks of a language, in order, without blank ones.
    private static func lines(in language: String, of page: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try #require(Disk.text("/\(root)/docs/\(page)"))
        return text.split(separator: "```\(language)\n").dropFirst().flatMap { block in
            block.split(separator: "\n").prefix { $0 != "```" }.map(String.init)
        }
    }

    @Test func `each line on using MCP servers works, one after the other`() async throws {
        let lines = try Self.lines(in: "sh", of: "mcp.md")
        #expect(lines.count > 40)
        let crm = try FakeMCPServer(
            token: "t1", answer: "Acme GmbH renews on 1 December",
            results: [
                "tools/list": [
                    "tools": [
                        [
                            "name": "find_account", "annotations": ["readOnlyHint": true],
                            "inputSchema": ["type": "object", "properties": ["name": ["type": "string"]]],
                        ]
                    ]
                ]
            ])
        var session = try Session(try await RunningSandbox())
        session.environment["CRM_TOKEN"] = "t1"
        session.environment["CI_SECRET"] = "sandbox-secret"
        try session.home.write("company\nIntel\nAMD\n", to: "companies.csv")
        _ = try await session.shell("mkdir -p .cursor")
        for line in lines {
            let command = line.replacing("https://crm.example.com/mcp", with: crm.url)
                .replacing("https://wiki.example.com/mcp", with: "$PARALLEL_BASE_URL/mcp/oauth")
            let result = try await session.shell("set -euo pipefail\n" + command, "/bin/bash")
            #expect(result.exit == .code(0), "\(line)\n\(result)")
            #expect(!result.error.contains("error:"), "\(line)\n\(result)")
        }
        #expect(crm.calls.count > 5)
    }

    @Test func `the code on the page is what the command prints`() async throws {
        var session = try Session("")
        session.environment["PARALLEL_BASE_URL"] = nil
        let run = try await session.run("mcp", "snippet", "parallel-search", "--with", "openai", "--as", "python")
        let shown = try Self.lines(in: "python", of: "mcp.md")
        #expect(run.output.split(separator: "\n").map(String.init) == shown, "\(run)")
    }
}

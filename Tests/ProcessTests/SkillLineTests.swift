import ParallelJSON
import TestSupport
import Testing

/// The commands of the skill for coding agents, as they stand there.
@Suite(.limited) struct SkillLineTests {
    @Test func `each line of the skill works, one after the other`() async throws {
        let server = try FakeMCPServer(
            token: "t1", results: ["tools/list": ["tools": [["name": "find", "inputSchema": ["type": "object"]]]]])
        var session = try Session(try await RunningSandbox())
        session.environment["CRM_TOKEN"] = "t1"
        _ = try session.home.write("company\nIntel\nAMD\n", to: "companies.csv")
        let text = try await session.run("skill", "print").output
        let lines = text.split(separator: "```sh\n").dropFirst().flatMap { block in
            block.split(separator: "\n").prefix { $0 != "```" }.map(String.init)
        }
        #expect(lines.count >= 13)
        let result = try await session.shell(
            "trap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\nset -euo pipefail\n"
                + lines.joined(separator: "\n").replacing("https://crm.example/mcp", with: server.url), "/bin/bash")
        #expect(result.exit == .code(0), "\(result)")
        #expect(!result.error.contains("error:"), "\(result)")
        #expect(Disk.text(session.home.file("ceos.csv"))?.hasPrefix("company,ceo,error\nIntel,") == true)
        #expect(Disk.text(session.home.file("report.md"))?.isEmpty == false)
    }
}

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
        let session = try Session(try await RunningSandbox())
        // One shell, as a reader has. What it prints on standard error says which line has failed.
        let result = try await session.shell(
            "trap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\nset -euo pipefail\n" + lines.joined(separator: "\n"),
            "/bin/bash")
        #expect(result.exit == .code(0), "\(result)")
        #expect(!result.error.contains("error:"), "\(result)")
        #expect(Disk.text(session.home.file("ceos.csv"))?.hasPrefix("company,ceo,error\nIntel,") == true)
    }

    @Test func `each line on scripts works`() async throws {
        let lines = try Self.lines(in: "sh", of: "scripts.md")
        #expect(lines.count == 5)
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell("set -euo pipefail\n" + lines.joined(separator: "\n"), "/bin/bash")
        #expect(result.exit == .code(0) && !result.error.contains("error:"), "\(result)")
        #expect(result.output.hasPrefix("[{\"url\":\""), "\(result)")
    }

    @Test func `the code on the page is what the command prints`() async throws {
        var session = try Session("")
        session.environment["PARALLEL_BASE_URL"] = nil
        let run = try await session.run("mcp", "snippet", "parallel-search", "--with", "openai", "--as", "python")
        let shown = try Self.lines(in: "python", of: "mcp.md")
        #expect(run.output.split(separator: "\n").map(String.init) == shown, "\(run)")
    }
}

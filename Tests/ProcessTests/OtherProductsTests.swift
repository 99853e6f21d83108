import ParallelJSON
import TestSupport
import Testing

/// `extract`, `images`, `places`, `decide` and `memory` against the sandbox.
@Suite(.limited) struct OtherProductsTests {
    @Test func `what a search finds can be read into files`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell(
            "parallel search pumps --limit 3 | parallel extract - -o pages/ && ls pages | wc -l && cat pages/*")
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.output.contains("3\n# Sandbox page") && result.output.contains("Sandbox excerpt"))
    }

    @Test func `a decision can be asked in a script`() async throws {
        let session = try Session(try await RunningSandbox())
        let asked = try await session.run("decide", "Intel", "-Q", "open:boolean:Is it open?")
        let probability = Double(asked.output.split(separator: "\t").dropFirst(2).first ?? "") ?? -1
        #expect((0...1).contains(probability), "\(asked)")
        for (threshold, word) in [("0", "yes"), (probability < 0.999 ? "1" : "1.0", "no")] {
            let script =
                "if parallel decide -q Intel -Q 'open:boolean:Is it open?' --threshold open=\(threshold) >/dev/null; "
                + "then echo yes; else echo no $?; fi"
            let said = try await session.shell(script).output
            #expect(said.hasPrefix(word) && (word == "yes" || said == "no 1\n"), "\(said)")
        }
        let refused = try await session.run(
            "decide", "Intel", "-Q", "open:boolean:sandbox:refuse", "--threshold", "open=0.1")
        #expect(refused.exit == .code(6) && refused.output.contains("refused: Sandbox"), "\(refused)")
    }

    @Test func `conversations at the same time with one history lose no turn`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell(
            """
            for each in 1 2 3 4 5 6 7 8 9 10 11 12; do parallel chat -q "turn $each" --history talk.json >/dev/null & done
            wait; jq -r '.[] | select(.role == "user") | .content' talk.json | sort -u | wc -l; jq length talk.json
            """)
        #expect(result.output == "12\n24\n", "\(result)")
    }

    @Test func `nobody reading the answers does not change the verdict`() async throws {
        let session = try Session(try await RunningSandbox())
        let script =
            "set -o pipefail; parallel decide Intel -Q 'open:boolean:Is it open?' --threshold open=1 | true; echo $?"
        let said = try await session.shell(script, "/bin/bash").output
        #expect(said == "1\n")
    }

    @Test func `rows that failed are decided by the next call, and no other row again`() async throws {
        let sandbox = try await RunningSandbox(
            faults: #"{"faults": [{"path": "/v1/decisions", "after": 3, "times": 100, "action": "drop"}]}"#)
        let session = try Session(sandbox)
        try session.home.write(
            "company\n" + (1...10).map { "Company \($0)\n" }.joined(), to: "in.csv")
        let words = ["batch", "decide", "in.csv", "-o", "out.csv", "--yes", "-Q", "open:boolean:Is it open?"]
        let first = try await session.run(words)
        try sandbox.behave("{}")
        let again = try await session.run(words + ["--force"])
        #expect(again.exit == .code(0), "\(first)\n\(again)")
        let table = Disk.text(session.home.file("out.csv")) ?? ""
        #expect(table.split(separator: "\n").count == 11 && !table.contains("error:"))
        let decided = sandbox.requests.filter { $0.path == "/v1/decisions" }.compactMap {
            $0.body["state"]?["company"]?.string
        }
        #expect(Set(decided).count == 10)
        #expect(Disk.text(session.home.file("out.csv.decisions")) == nil)
    }

    @Test func `finished runs are in the memory of their key until they are removed`() async throws {
        let session = try Session(try await RunningSandbox())
        let created = try await session.run(
            "task", "run", "-q", "--no-wait", "Compare inference vendors", "--memory-scope-key", "acme")
        let id = String(created.output.prefix { !$0.isWhitespace })
        _ = try await session.run("task", "result", "-q", id)
        let found = try await session.run("memory", "search", "vendors", "--scope-key", "acme")
        #expect(found.output.hasPrefix("\(id)\ttask\t"), "\(found)")
        #expect(try await session.run("memory", "search", "vendors").output == "")
        #expect(try await session.run("memory", "evict", id, "--scope-key", "acme").exit == .code(0))
        let gone = try await session.run("memory", "search", "--scope-key", "acme")
        #expect(gone.output == "" && gone.error == "no entries\n" && gone.exit == .code(0))
        #expect(try await session.run("memory", "clear", "--scope-key", "acme", "--yes").exit == .code(0))
    }

    @Test func `runs call data connectors, and one that an account lacks is named`() async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.run(
            "task", "run", "Trials of X", "-p", "core", "--data-source", "clinical_trials", "--paid-source",
            "carbonarc",
            "--json")
        #expect(run.exit == .code(0) && run.output.contains(#""server_name":"clinical_trials""#), "\(run)")
        #expect(run.error.contains("plus calls of paid data sources at the provider's price"))
        let unknown = try await session.run("task", "run", "x", "--data-source", "sec")
        #expect(unknown.exit == .code(4) && unknown.error.contains("Available: ['biorxiv'"), "\(unknown)")
    }

    @Test(arguments: [
        ["extract", "https://a.example/"], ["images", "x"], ["places", "x", "--near", "y"],
        ["decide", "x", "-Q", "a:boolean:b"], ["memory", "search"], ["processors"],
    ])
    func `on a terminal everything fits its columns`(_ words: [String]) async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal(words, columns: 70, adding: ["PAGER": ""])
        #expect(try await terminal.wait() == .code(0))
        let lines = terminal.output.plainLines
        #expect(!lines.isEmpty && !terminal.output.contains("\t"))
        #expect(lines.filter { !$0.contains("://") }.allSatisfy { $0.count <= 70 }, "\(lines)")
    }
}

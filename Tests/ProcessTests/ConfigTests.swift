import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Settings, by the built program.
@Suite(.limited) struct ConfigTests {
    @Test func `settings hold for all work, until a script goes without them`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let set = try await session.shell(
            """
            parallel config set processor lite; parallel config set mode basic; parallel config set generator preview
            parallel config set format json
            """)
        #expect(set.exit == .code(0) && set.output == "", "\(set)")
        let file = session.home.file(".config/parallel/config.json")
        #expect(Disk.mode(file) == 0o600)
        try session.home.write("company\nIntel\nAMD\n", to: "in.csv")
        let work = try await session.shell(
            """
            set -e
            parallel task run -q 'Why?'
            parallel search -q 'Why?'
            parallel batch run -q in.csv --field 'ceo=Name' -o out.csv
            parallel findall run -q 'Chip makers' -n 5
            """)
        #expect(work.exit == .code(0), "\(work)")
        let printed = work.output.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
        #expect(printed.count == 3 && printed[0]["run"] != nil && printed[1]["results"] != nil, "\(work)")
        let bodies = sandbox.requests.map(\.body)
        #expect(bodies.contains { $0["input"] == "Why?" && $0["processor"] == "lite" })
        #expect(bodies.contains { $0["mode"] == "basic" })
        #expect(bodies.contains { $0["inputs"]?.array?.count == 2 && $0["inputs"]?.array?[0]["processor"] == "lite" })
        #expect(bodies.contains { $0["generator"] == "preview" })
        let plain = try await session.run(
            "search", "Why?", "-v", adding: ["PARALLEL_CONFIG": "/dev/null"])
        #expect(plain.exit == .code(0) && plain.output.hasPrefix("http") && !plain.error.contains("config.json"))
        #expect(sandbox.requests.last?.body["mode"] == "fast")
    }

    @Test func `a file that others can change decides nothing`() async throws {
        let session = try Session("http://127.0.0.1:1")
        _ = try await session.run("config", "set", "base-url", "https://api.parallel.ai")
        let file = session.home.file(".config/parallel/config.json")
        chmod(file, 0o666)
        let run = try await session.run("search", "q", "--dry-run")
        #expect(run.exit == .code(2) && run.output == "", "\(run)")
        #expect(run.error.hasPrefix("error: \(file): others can change it\n  run: chmod 600 \(file)\n"), "\(run)")
        #expect(try await session.shell("chmod 600 \(file); parallel search q --dry-run -q").exit == .code(0))
    }

    @Test func `a login is made for the address of its profile, and its key goes there alone`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        (session.environment["PARALLEL_API_KEY"], session.environment["PARALLEL_BASE_URL"]) = (nil, nil)
        session.environment["BROWSER"] = "curl -sL"
        let steps = try await session.shell(
            """
            set -e
            parallel config set --profile local base-url \(sandbox.baseURL)
            parallel login -q --profile local --browser --wait-for-auth 60s
            parallel search -q --profile local 'Why?' >/dev/null
            parallel auth status --profile local
            parallel config set --profile local base-url https://elsewhere.example
            """)
        #expect(steps.exit == .code(0) && steps.output.contains("accepted by the API\tyes"), "\(steps)")
        let elsewhere = try await session.run("search", "Why?", "--profile", "local")
        #expect(elsewhere.exit == .code(3) && elsewhere.error.contains("the stored login is for \(sandbox.baseURL)"))
    }

    @Test func `on a terminal the settings are a table`() async throws {
        let session = try Session("http://127.0.0.1:1")
        _ = try await session.run("config", "set", "timeout", "5m")
        let terminal = try session.terminal("config", "list", columns: 120)
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.contains("How long to wait for runs"), "\(terminal.output)")
        #expect(terminal.output.contains("environment PARALLEL_BASE_URL"))
    }
}

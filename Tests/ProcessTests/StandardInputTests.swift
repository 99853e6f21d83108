import ParallelJSON
import TestSupport
import Testing

/// What `task run` does with a real standard input.
@Suite(.limited) struct StandardInputTests {
    @Test func `a question from a pipe or a file is asked`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        let piped = try await session.shell("echo 'What is a heat pump?' | parallel task run -p lite")
        #expect(piped.exit == .code(0), "\(piped)")
        try session.home.write("From a file?\n", to: "question")
        #expect(try await session.shell("parallel task run -p lite < question").exit == .code(0))
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["What is a heat pump?", "From a file?"])
    }

    @Test(arguments: ["< /dev/null", "<&-", "< empty"])
    func `without a question, and with nothing to read one from, INPUT is missing`(input: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("", to: "empty")
        let result = try await session.shell("parallel task run \(input)")
        #expect(result.exit == .code(2) && result.error.hasPrefix("error: missing INPUT"), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test(arguments: [
        "task run -", "task run q --context -", "task status -", "task result -", "batch run - -o o.csv -y --field x=X",
        "group add tgrp_9907962f83aa4d9d98fd7f4bf745d654", "search -", "mcp call parallel web_search --args -",
        "task run q --api-key-file -",
    ])
    func `a closed standard input is a mistake in the call, in one line`(words: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let result = try await Session(sandbox).shell("parallel \(words) <&-")
        #expect(result.exit == .code(2), "\(result)")
        #expect(
            result.error == "error: standard input is closed; give it something to read, as with: < FILE\n",
            "\(result)")
        #expect(sandbox.creations.isEmpty)
    }

    @Test func `a loop that reads lines loses none to the command in it`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("one\ntwo\nthree\n", to: "questions")
        let loop = #"while read -r q; do parallel task run "$q" -p lite; done"#
        let result = try await session.shell("\(loop) < questions; cat questions | \(loop)")
        #expect(result.exit == .code(0), "\(result)")
        let asked = ["one", "two", "three"]
        #expect(sandbox.creations.map { $0.body["input"]?.string } == asked + asked)
    }

    @Test(arguments: [
        ("printf doc | (sleep 0.3; parallel task run q -p lite)", true),
        ("printf doc > f; parallel task run q -p lite < f", true),
        ("printf doc | (sleep 0.3; parallel task run q -p lite -q)", false),
        ("printf doc > f; (cat > /dev/null; parallel task run q -p lite) < f", false),
        ("printf '' | (sleep 0.3; parallel task run q -p lite)", false),
        // The pipe stays open, and nothing ever comes.
        ("mkfifo p; exec 3<> p; parallel task run q -p lite <&3", false),
        ("parallel task run q -p lite < /dev/zero", false),
    ])
    func `bytes that wait on standard input are told of, without reading or waiting`(
        script: String, isTold: Bool
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let result = try await Session(sandbox).shell(script)
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.error.contains("note: standard input was not read") == isTold, "\(result)")
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["q"])
    }

    @Test func `a text from a pipe stands under the question`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let result = try await Session(sandbox).shell(
            "printf 'line 1\nline 2\n' | parallel task run Summarise -p lite --context -")
        #expect(result.exit == .code(0) && !result.error.contains("note:"), "\(result)")
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["Summarise\n\nline 1\nline 2"])
    }
}

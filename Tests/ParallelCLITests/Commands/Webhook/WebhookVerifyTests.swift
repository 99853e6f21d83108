import ParallelCLI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WebhookVerifyTests {
    private static let body = #"{"type":"task_run.status","data":{"run_id":"trun_1","status":"completed"}}"#
    private static let secret = ["PARALLEL_WEBHOOK_SECRET": "whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0"]
    private static let fields = [
        "--id", "whevent_1", "--timestamp", "1790000000", "--signature",
        "v1,NxIRH6twHgxUknGLZKT2MK/s+TYSAq15tT8jRk6RXyc=",
    ]

    private func verify(
        _ words: [String], body: String = body, environment: [String: String] = secret, directory: String = "/nowhere"
    ) async -> CommandRun {
        await CommandRun(
            ["webhook", "verify"] + words, stdin: body, environment: environment, directory: directory)
    }

    @Test func `a genuine body is passed on unchanged`() async {
        let run = await verify(Self.fields + ["--tolerance", "0"])
        #expect(run.code == .success && run.output == Self.body && run.errors == "")
        let headers = ["-H", "Webhook-Id: whevent_1", "-H", "webhook-timestamp:1790000000", "--header"]
        let other = await verify(
            headers + ["webhook-signature: \(Self.fields[5])", "--tolerance", "0", "-H", "host: x"])
        #expect(other.code == .success && other.output == Self.body)
    }

    @Test func `another body is not passed on, and that is a plain no`() async {
        let run = await verify(Self.fields + ["--tolerance", "0"], body: Self.body + " ")
        #expect(run.code == .unexpected && run.output == "")
        #expect(run.errors == "error: not genuine: no signature in it was made with this secret, of this body\n")
    }

    @Test func `an old call is refused unless any age is allowed`() async {
        // The test's clock says 1,700,000,000.
        let run = await verify(Self.fields)
        #expect(run.code == .unexpected && run.errors.contains("in the future, more than --tolerance"), "\(run.errors)")
    }

    @Test func `the secret comes from a file or a variable, and is not shown`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0\n", to: "secret", mode: 0o600)
        let run = await verify(
            Self.fields + ["--tolerance", "0", "--secret-file", "secret"], environment: [:], directory: folder.path)
        #expect(run.code == .success)
        let none = await verify(Self.fields, environment: [:])
        #expect(none.code == .notAuthenticated && none.errors.contains("PARALLEL_WEBHOOK_SECRET"))
        try folder.write("whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0\n", to: "loose", mode: 0o644)
        let loose = await verify(
            Self.fields + ["--secret-file", "loose"], environment: [:], directory: folder.path)
        #expect(loose.code == .notAuthenticated && !loose.errors.contains("YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0"))
    }

    @Test func `a missing field is named before anything is read`() async {
        let run = await verify(["--id", "a", "--timestamp", "1"])
        #expect(run.code == .usage && run.errors.contains("missing webhook-signature"))
        #expect(run.errors.contains("--signature gives it, or --header"))
    }
}

import ParallelAPI
package import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Keeps the rules of a company for every request of a command, each attempt and each redirect: nothing else of the
/// program reaches the network but through it.
package struct RuledTransport: HTTPTransport {
    let wrapped: any HTTPTransport
    let rules: CallRules
    let command: String
    let context: Context

    /// The requests under way, for a process that ends before their answers.
    private static let unfinished = Lock<[Int: (rules: CallRules, line: JSONObject)]>([:])

    /// Throws `RuleError` if the request must not be sent. Puts it down before its answer is used.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try rules.admit(request)
        guard !rules.auditLogs.isEmpty else { return try await wrapped.send(request) }
        let begun = line(of: request)
        let number = Self.unfinished.withLock { [rules] unfinished in
            let number = (unfinished.keys.max() ?? 0) + 1
            unfinished[number] = (rules, begun.line)
            return number
        }
        func end(_ members: JSONObject, _ answer: [UInt8], isCut: Bool = false) {
            guard Self.unfinished.withLock({ $0.removeValue(forKey: number) != nil }) else { return }
            var line = begun.line
            line.members += members.members
            // A list of what exists would repeat what was put down before.
            let named = request.method == .get ? [] : WorkID.all(in: answer, isCut: isCut).prefix(Self.maximumIDs)
            var seen: Set<String> = []
            let ids = (begun.ids + named.map(\.text)).filter { seen.insert($0).inserted }
            if !ids.isEmpty { line["ids"] = .array(ids.map(JSONValue.string)) }
            put(line)
        }
        do {
            let response = try await wrapped.send(request)
            let answer = response.body.wholeBytes ?? []
            end(["status": .number(JSONNumber(response.status))], answer.count > Self.maximumSize ? [] : answer)
            return response
        } catch let failure {
            let error = failure as? HTTPError
            var members: JSONObject = ["error": .string(context.streams.secrets.masked(error?.message ?? "cancelled"))]
            members["status"] = (error?.status).map { .number(JSONNumber($0)) }
            end(members, error?.received ?? [], isCut: true)
            throw failure
        }
    }

    private static let maximumIDs = 1_000
    /// The size of an answer, in bytes, in which ids are looked for.
    private static let maximumSize = 4 << 20

    /// What is known of a request before it is sent: neither body nor header nor query.
    private func line(of request: HTTPRequest) -> (line: JSONObject, ids: [String]) {
        let path = Self.path(of: request)
        let body = request.body ?? []
        var line: JSONObject = [
            "time": .string(TimeText.internet(context.now())), "command": .string(command),
            "method": .string(request.method.rawValue), "host": .string(request.url.host),
            "path": .string(context.streams.secrets.masked(path)), "bytes": .number(JSONNumber(body.count)),
        ]
        if !body.isEmpty { line["sha256"] = .string(SHA256.digits(of: body)) }
        if let cost = request.estimatedCost?(), cost > 0 {
            line["cost_usd"] = .number(JSONNumber(Double(cost) / 1_000_000))
        }
        return (line, WorkID.all(in: Array(path.utf8)).map(\.text))
    }

    /// Returns the path without what may be a secret in it. What the API is asked for by its id is none; what its
    /// address begins with, as at a gateway, may be.
    private static func path(of request: HTTPRequest) -> String {
        let shown = request.url.redacted().dropping(bytes: request.url.origin.utf8.count).upTo { $0 == "?" }
        let (path, masked) = (request.url.path.parts(between: "/"), shown.parts(between: "/"))
        let base = 1 + request.basePath.parts(between: "/").count { !$0.isEmpty }
        guard request.estimatedCost != nil, path.count == masked.count, base <= path.count else { return String(shown) }
        return (masked[..<base] + path[base...]).joined(separator: "/")
    }

    private func put(_ line: JSONObject) {
        do throws(RuleError) {
            try rules.audit(line)
        } catch {
            // What was asked for is paid; nothing more is sent.
            rules.refusal.withLock { [error] in $0 = error }
            let text = "warning: a request is missing in the audit log: \(ErrorReport(error, context).message)"
            context.streams.note(ControlCharacters.neutralised(text))
        }
    }

    /// Puts down the requests that have no answer yet, for a process that ends now.
    package static func putUnfinished() {
        let left = unfinished.withLock { unfinished in
            defer { unfinished = [:] }
            return Array(unfinished.values)
        }
        for (rules, var line) in left {
            line["error"] = "the program ended before the answer"
            try? rules.audit(line)
        }
    }
}

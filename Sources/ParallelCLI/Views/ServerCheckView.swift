import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Shows the result of `mcp test`, as a table and as JSON.
struct ServerCheckView {
    let output: Output

    func write(_ check: ServerCheck, _ resolved: ResolvedServer, _ code: ExitCode) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: json(check, resolved, code))
        case .table, .text, .csv, .tsv, .markdown, .html:
            let rows = check.findings.map { finding in
                row(finding.step, finding.state, finding.duration.map(milliseconds) ?? "", finding.detail)
            }
            try output.write(table: Document.Table(columns: Self.columns, rows: rows))
        }
    }

    /// Writes the result for a server that was not contacted, because its credentials are missing or must not be sent.
    func write(refusal: ErrorReport, of server: String, url: String?) throws {
        let steps = ServerCheck.Step.allCases
        func state(_ step: ServerCheck.Step) -> ServerCheck.State {
            step == .authentication || step == .task ? .failed : .skipped
        }
        func detail(_ step: ServerCheck.Step) -> String {
            switch step {
            case .authentication: refusal.message
            case .task: "a Parallel task could not use it now"
            default: "not reached"
            }
        }
        switch output.format {
        case .json, .jsonl:
            let server = ServerDefinition.isURL(server) ? SecretMask.url(server) : server
            try output.write(
                document: [
                    "server": .string(server), "url": url.map(JSONValue.string) ?? .null, "ok": false,
                    "usable_by_tasks": false, "exit_code": .number(JSONNumber(Int(refusal.code.rawValue))),
                    "protocol": .null, "protocolVersion": .null, "server_info": .null, "serverInfo": .null,
                    "capabilities": .null, "instructions": .null,
                    "token_expires_at": .null, "tools": [],
                    "problems": [.string(output.secrets.masked(refusal.message))],
                    "steps": .array(
                        steps.map { step in
                            [
                                "step": .string(step.rawValue), "state": .string(state(step).rawValue),
                                "duration_ms": .null, "detail": .string(output.secrets.masked(detail(step))),
                            ]
                        }),
                ])
        case .table, .text, .csv, .tsv, .markdown, .html:
            let rows = steps.map { row($0, state($0), "", detail($0)) }
            try output.write(table: Document.Table(columns: Self.columns, rows: rows))
        }
    }

    private static let columns: [Document.Column] = [
        .init("step", .identifier), .init("state", .status), .init("time", .number), .init("what was found"),
    ]

    private func row(
        _ step: ServerCheck.Step, _ state: ServerCheck.State, _ time: String, _ detail: String
    ) -> [[Document.Inline]] {
        [[.text(title(step))], [.mark(.status(word(for: state)))], [.text(time)], [.text(detail)]]
    }

    private func title(_ step: ServerCheck.Step) -> String {
        switch step {
        case .tls: "TLS"
        case .task: "Parallel task"
        default: step.rawValue
        }
    }

    private func word(for state: ServerCheck.State) -> String {
        switch state {
        case .ok: "ok"
        case .failed: "failed"
        case .skipped: "-"
        }
    }

    private func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.components.seconds * 10_000 + duration.components.attoseconds / 100_000_000_000_000
        return tenths == 0 ? "<0.1 ms" : "\(tenths / 10).\(tenths % 10) ms"
    }

    private func json(
        _ check: ServerCheck, _ resolved: ResolvedServer, _ code: ExitCode
    ) -> JSONValue {
        let session = check.session
        return [
            "server": .string(resolved.server.name), "url": .string(SecretMask.url(resolved.server.url.template)),
            "ok": .bool(check.failure == nil), "usable_by_tasks": .bool(check.isUsableByTasks),
            "exit_code": .number(JSONNumber(Int(code.rawValue))),
            "protocol": session.map {
                ["version": .string($0.version), "era": .string($0.era.rawValue)]
            } ?? .null,
            // As MCP's own answer to `initialize` spells them, and as this program has from the beginning.
            "protocolVersion": session.map { .string($0.version) } ?? .null,
            "serverInfo": session?.server ?? .null, "server_info": session?.server ?? .null,
            "capabilities": session?.capabilities ?? .null,
            "instructions": session?.instructions.map(JSONValue.string) ?? .null,
            "token_expires_at": check.tokenExpiry.map { .number(JSONNumber($0)) } ?? .null,
            "tools": .array(check.tools.map { .string($0.name) }),
            "problems": .array(check.problems.map { .string(output.secrets.masked($0)) }),
            "steps": .array(check.findings.map(step)),
        ]
    }

    private func step(_ finding: ServerCheck.Finding) -> JSONValue {
        let microseconds = finding.duration.map {
            Int($0.components.seconds) * 1_000_000 + Int($0.components.attoseconds / 1_000_000_000_000)
        }
        return [
            "step": .string(finding.step.rawValue), "state": .string(finding.state.rawValue),
            "duration_ms": microseconds.map { .number(JSONNumber(Double($0) / 1000)) } ?? .null,
            "detail": .string(output.secrets.masked(finding.detail)),
        ]
    }
}

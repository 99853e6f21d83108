import ParallelJSON
import ParallelSystem

/// The stand-in for a model: it really lists and calls the tools of the servers named, and its choices follow from the
/// prompt alone, so that the same question always gets the same calls.
struct SandboxModel: Sendable {
    /// The time limit of each request to a server.
    let timeout: Duration

    /// A server whose tools are known.
    private struct Connection {
        let server: ModelServer
        var session: MCPSession
        let tools: [JSONValue]

        func tool(_ name: String) -> JSONValue? { tools.first { $0["name"]?.string == name } }
    }

    func answer(_ turn: ModelTurn, _ scenario: ModelScenario) async -> ModelAnswer {
        var answer = ModelAnswer()
        if scenario.ending == .failed { return ModelAnswer(ending: .failed) }
        var connections: [Connection] = []
        if !turn.continuesPause {
            for server in turn.servers { await connect(server, scenario, &connections, &answer.items) }
        }
        var calls: [ModelCall] = []
        var refused: [ModelCall] = []
        if !turn.decisions.isEmpty || turn.continuesPause {
            for decision in turn.decisions {
                guard decision.isAllowed else {
                    refused.append(decision.call)
                    continue
                }
                calls.append(await perform(decision.call, fails: false, &connections))
                answer.items.append(.call(calls[calls.count - 1]))
            }
        } else {
            for (number, choice) in Self.choices(for: scenario, connections).enumerated() {
                let call = Self.call(choice, number, scenario)
                if let tool = choice.tool, choice.server.needsApproval(tool) {
                    answer.items.append(.approval(call))
                    await end(connections)
                    return answer
                }
                calls.append(await perform(call, fails: choice.fails || scenario.failsCalls, &connections))
                answer.items.append(.call(calls[calls.count - 1]))
            }
            for connector in turn.connectors {
                if scenario.failsLists {
                    let reason = "mcp_protocol_error (32600): Session terminated. Reference ID: \(Identifier.uuid())"
                    answer.items.append(.listing(server: connector, tools: [], error: reason))
                    continue
                }
                var call = ModelCall(server: connector, tool: "search", arguments: ["query": .string(scenario.prompt)])
                call.outcome =
                    scenario.failsCalls ? .httpError(code: 0, message: "no response") : .text(DataConnectors.answer)
                calls.append(call)
                answer.items.append(.call(call))
            }
        }
        await end(connections)
        if scenario.ending == .paused, !turn.continuesPause {
            answer.ending = .paused
            return answer
        }
        answer.items.append(.text(Self.text(for: scenario.prompt, calls, refused, turn.schema)))
        answer.ending = scenario.ending == .incomplete ? .incomplete : .completed
        return answer
    }

    private func end(_ connections: [Connection]) async {
        for connection in connections where connection.server.pinnedTools == nil { await connection.session.end() }
    }

    // MARK: - Listing

    private func connect(
        _ server: ModelServer, _ scenario: ModelScenario, _ connections: inout [Connection], _ items: inout [ModelItem]
    ) async {
        var session = MCPSession(server: server.entry, timeout: timeout)
        var tools: [JSONValue] = []
        var reason: String?
        do {
            if scenario.failsLists { throw MCPError("the prompt asks for it") }
            let all = if let pinned = server.pinnedTools { pinned } else { try await session.listTools() }
            tools = all.filter { $0["name"]?.string.map(server.allows) ?? false }
            if tools.isEmpty { reason = "the server has no tools that are allowed" }
        } catch {
            reason = "Error retrieving tool list from MCP server '\(server.entry.name)': \(error)"
            await session.end()
        }
        if !server.isListed {
            items.append(.listing(server: server.entry.name, tools: tools, error: reason))
        }
        if reason == nil { connections.append(Connection(server: server, session: session, tools: tools)) }
    }

    // MARK: - Choosing

    private struct Choice {
        let server: ModelServer
        let name: String
        /// The definition; nil if the server has no such tool, which the scenario named.
        let tool: JSONValue?
        var fails = false
    }

    /// Returns the calls that the scenario names or, without one, those tools that the prompt names; else the first
    /// tool of each server, but of one that does research only for a prompt that says so. A prompt with the id of a
    /// task brings its result, so nothing is called then.
    private static func choices(for scenario: ModelScenario, _ connections: [Connection]) -> [Choice] {
        if let steps = scenario.tools {
            return steps.compactMap { step in
                let named = connections.filter { step.server == nil || step.server == $0.server.entry.name }
                let connection = named.first { $0.tool(step.tool) != nil } ?? named.first
                return connection.map {
                    Choice(server: $0.server, name: step.tool, tool: $0.tool(step.tool), fails: step.fails)
                }
            }
        }
        let text = scenario.prompt.asciiLowercased
        if ["trun_", "tgrp_"].contains(where: { text.firstRange(of: $0) != nil }) { return [] }
        let words = text.unicodeScalars.split {
            !($0.isASCII && $0.properties.isAlphabetic || "_-".unicodeScalars.contains($0))
        }
        .map { String($0) }
        return connections.flatMap { connection in
            let names = connection.tools.compactMap { $0["name"]?.string }
            var chosen = names.filter { words.contains($0.asciiLowercased) }
            let research = "createDeepResearch"
            if chosen.isEmpty, names.contains(research) {
                chosen = words.contains("research") ? [research] : []
            } else if chosen.isEmpty {
                chosen = Array(names.prefix(1))
            }
            return chosen.map { Choice(server: connection.server, name: $0, tool: connection.tool($0)) }
        }
    }

    private static func call(_ choice: Choice, _ number: Int, _ scenario: ModelScenario) -> ModelCall {
        let scripted = scenario.arguments
        let arguments =
            scripted.isEmpty
            ? madeUp(choice.tool ?? [:], scenario.prompt) : scripted[min(number, scripted.count - 1)]
        return ModelCall(server: choice.server.entry.name, tool: choice.name, arguments: arguments)
    }

    /// Returns a value for each required argument, texts being the prompt: all of it as an input, else its beginning.
    private static func madeUp(_ tool: JSONValue, _ prompt: String) -> JSONValue {
        var schema = tool["inputSchema"]?.object ?? tool["input_schema"]?.object ?? [:]
        let required = (schema["required"]?.array ?? []).compactMap(\.string)
        var properties = schema["properties"]?.object ?? [:]
        properties.members.removeAll { !required.contains($0.key) }
        schema["properties"] = .object(properties)
        let short = String(String.UnicodeScalarView(prompt.unicodeScalars.prefix(200)))
        let made = ValueSynthesis(root: schema, seed: StableHash.of(prompt)) { $0 == "input" ? prompt : short }.value()
        return made.object == nil ? [:] : made
    }

    // MARK: - Calling

    private func perform(_ call: ModelCall, fails: Bool, _ connections: inout [Connection]) async -> ModelCall {
        var call = call
        guard let index = connections.firstIndex(where: { $0.server.entry.name == call.server }) else {
            call.outcome = .httpError(code: 0, message: "no response")
            return call
        }
        if fails {
            call.outcome = .toolError([["type": "text", "text": "the prompt asks for a call that fails"]])
            return call
        }
        do {
            let result = try await connections[index].session.callTool(call.tool, arguments: call.arguments)
            call.outcome =
                result["isError"]?.bool == true
                ? .toolError(result["content"] ?? []) : .text(MCPCaller.text(of: result))
        } catch let error as MCPError {
            call.outcome =
                if let code = error.code {
                    .protocolError(code: code, message: error.description)
                } else {
                    .httpError(code: error.status ?? 0, message: error.description)
                }
        } catch {
            call.outcome = .httpError(code: 0, message: "\(error)")
        }
        return call
    }

    // MARK: - Answering

    private static func text(
        for prompt: String, _ calls: [ModelCall], _ refused: [ModelCall], _ schema: JSONObject?
    ) -> String {
        if let schema { return ChatRoutes.text(fitting: schema, for: prompt) }
        var lines = ["Sandbox answer to: \(prompt)"]
        for call in calls {
            switch call.outcome {
            case .text(let text): lines.append("\(call.tool) of \(call.server) says: \(text.prefix(300))")
            default: lines.append("\(call.tool) of \(call.server) failed: \(call.failure ?? "")")
            }
        }
        lines += refused.map { "\($0.tool) of \($0.server) was not called, because that was refused." }
        return lines.joined(separator: "\n\n")
    }
}

import ParallelJSON

/// The output of a completed run, made up from its request: the same request always gets the same answer.
///
/// Every text says that it is sandbox data and every citation points below `sandbox.parallel.example`, a name that is
/// reserved (RFC 2606), so that no made-up fact passes for a found one.
struct RunAnswer {
    private enum Content {
        case text(String)
        /// `schema` is set when the server chose the form.
        case json(JSONValue, schema: JSONObject?)
        /// Text of a JSON value, to be kept to the byte.
        case raw(String)
    }

    private let record: RunRecord
    private let elementBasis: Bool
    private let subject: String
    private let seed: UInt64

    private init(_ record: RunRecord, elementBasis: Bool) {
        self.record = record
        self.elementBasis = elementBasis || record.request.wantsElementBasis
        let input = record.request.input
        let text = input.string ?? input.serialized()
        subject = Self.shortened(text)
        seed = StableHash.of(text)
    }

    /// The run's output as JSON text (`TaskRunTextOutput` or `TaskRunJsonOutput`).
    static func output(of record: RunRecord, elementBasis: Bool) -> [UInt8] {
        RunAnswer(record, elementBasis: elementBasis).output()
    }

    private func output() -> [UInt8] {
        let calls = record.toolCalls
        var members: JSONObject = [
            "mcp_tool_calls": calls.isEmpty ? .null : .array(calls.map(\.json)), "beta_fields": nil,
        ]
        let type: String
        let content: [UInt8]
        switch self.content() {
        case .text(let text):
            type = "text"
            members["basis"] = [basis(of: "output", number: 0)]
            content = JSONValue.string(text).bytes()
        case .json(let value, let schema):
            type = "json"
            members["basis"] = .array(basis(of: value, isAutomatic: schema != nil))
            members["output_schema"] = schema.map(JSONValue.object) ?? .null
            content = value.bytes()
        case .raw(let text):
            type = "json"
            members["basis"] = .array(basis(of: (try? JSONValue.parse(text)) ?? [:], isAutomatic: false))
            members["output_schema"] = nil
            content = Array(text.utf8)
        }
        return Array("{\"type\":\"\(type)\",\"content\":".utf8) + content + Array(",".utf8)
            + JSONValue.object(members).bytes().dropFirst()
    }

    private func content() -> Content {
        let request = record.request
        let scripted = request.scenario.output.map { $0 == "@input" ? inputText : $0 }
        switch request.spec.output {
        case .text(let description):
            return .text(scripted ?? report(asking: description))
        case .auto where !request.processor.isPremium:
            return .text(scripted ?? report(asking: nil))
        case .auto:
            if let scripted { return raw(scripted) }
            return .json(synthesized(AutomaticSchema.schema), schema: AutomaticSchema.schema)
        case .json(let schema):
            if let scripted { return raw(scripted) }
            return .json(synthesized(schema), schema: nil)
        }
    }

    private var inputText: String { record.request.input.string ?? record.request.input.serialized() }

    /// `text` as it is where it is JSON, else as a JSON string.
    private func raw(_ text: String) -> Content {
        .raw((try? JSONValue.parse(text)) == nil ? JSONValue.string(text).serialized() : text)
    }

    private func synthesized(_ schema: JSONObject) -> JSONValue {
        ValueSynthesis(root: schema, seed: seed) { "Sandbox value for \($0) (input: \(subject))" }.value()
    }

    private func report(asking description: String?) -> String {
        let first = citation(of: "output", number: 0)["url"]?.string ?? ""
        let request = description.map { "The requested form was: \(Self.shortened($0)).\n\n" } ?? ""
        return """
            # Sandbox report: \(subject)

            This text is made up by `parallel-sandbox`; no web page was read for it.

            \(request)## Summary

            The sandbox processor `\(record.request.processor.name)` was asked about “\(subject)” [1]. A real run answers \
            here with what it found on the web.

            ## Sources

            1. [Sandbox source 1](\(first))

            """
    }

    // MARK: - Basis

    private func basis(of content: JSONValue, isAutomatic: Bool) -> [JSONValue] {
        var fields: [String] = []
        for member in content.object ?? [:] {
            if isAutomatic {
                Self.collectLeaves(of: member.value, at: member.key, into: &fields)
            } else {
                fields.append(member.key)
                guard elementBasis, let elements = member.value.array else { continue }
                fields += elements.indices.map { "\(member.key).\($0)" }
            }
        }
        return fields.enumerated().map { basis(of: $1, number: $0) }
    }

    private static func collectLeaves(of value: JSONValue, at path: String, into fields: inout [String]) {
        if let object = value.object {
            for member in object { collectLeaves(of: member.value, at: "\(path).\(member.key)", into: &fields) }
        } else if let array = value.array {
            for (index, element) in array.enumerated() {
                collectLeaves(of: element, at: "\(path).\(index)", into: &fields)
            }
        } else {
            fields.append(path)
        }
    }

    private func basis(of field: String, number: Int) -> JSONValue {
        let levels: [JSONValue] = ["low", "medium", "high"]
        let confidence = levels[Int(StableHash.of(field, seed: seed) % 3)]
        return [
            "field": .string(field),
            "reasoning": .string("Sandbox reasoning for \(field): made up from the input “\(subject)”."),
            "citations": [citation(of: field, number: number)],
            "confidence": record.request.processor.explainsItself ? confidence : "",
        ]
    }

    private func citation(of field: String, number: Int) -> JSONValue {
        let page = String(StableHash.of(field, seed: seed), radix: 36)
        let excerpt = JSONValue.string("Sandbox excerpt on \(field) (input: \(subject)).")
        return [
            "title": .string("Sandbox source \(number + 1)"),
            "url": .string("https://sandbox.parallel.example/sources/\(page)"),
            "excerpts": record.request.processor.explainsItself ? [excerpt] : [],
        ]
    }

    /// The start of `text`, on one line.
    private static func shortened(_ text: String) -> String {
        var line = ""
        var count = 0
        var isBetweenWords = false
        // Looks no further than it must: most of the time of a long listing would go into the rest of its inputs.
        for character in text {
            if character.isWhitespace {
                isBetweenWords = count > 0
                continue
            }
            if isBetweenWords { line.append(" ") }
            line.append(character)
            count += isBetweenWords ? 2 : 1
            isBetweenWords = false
            if count > 60 { return line.prefix(59) + "…" }
        }
        return line
    }
}

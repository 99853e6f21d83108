import ParallelJSON

/// The made-up output of a completed run, derived from its request: the same request always gets the same output.
///
/// Every text says that it is sandbox data, and every citation points below the reserved name
/// `sandbox.parallel.example` (RFC 2606), so that nobody takes a made-up fact for a real one.
struct RunAnswer {
    private enum Content {
        case text(String)
        /// JSON; `schema` is set if the server chose it.
        case json(JSONValue, schema: JSONObject?)
        /// JSON text that must be kept byte for byte.
        case raw(String)
    }

    private let record: RunRecord
    private let subject: String
    /// `subject` escaped for a JSON string.
    private let subjectJSON: ArraySlice<UInt8>
    private let seed: UInt64

    private init(_ record: RunRecord) {
        self.record = record
        let input = record.request.input
        let text = input.string ?? input.serialized()
        subject = Self.shortened(text)
        subjectJSON = [UInt8].escaped(subject)
        seed = StableHash.of(text)
    }

    /// Returns the run's output as JSON text (`TaskRunTextOutput` or `TaskRunJsonOutput`).
    static func output(of record: RunRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        appendOutput(of: record, to: &bytes)
        return bytes
    }

    static func appendOutput(of record: RunRecord, to bytes: inout [UInt8]) {
        RunAnswer(record).append(to: &bytes)
    }

    private func append(to bytes: inout [UInt8]) {
        switch content() {
        case .text(let text):
            bytes.append(json: "{\"type\":\"text\",\"content\":")
            JSONValue.string(text).append(to: &bytes)
            appendSupport(of: ["output"], to: &bytes)
        case .json(let value, let schema):
            bytes.append(json: "{\"type\":\"json\",\"content\":")
            value.append(to: &bytes)
            appendSupport(of: fields(of: value, isAutomatic: schema != nil), to: &bytes)
            bytes.append(json: ",\"output_schema\":")
            (schema.map(JSONValue.object) ?? .null).append(to: &bytes)
        case .raw(let text):
            bytes.append(json: "{\"type\":\"json\",\"content\":")
            bytes += text.utf8
            appendSupport(of: fields(of: (try? JSONValue.parse(text)) ?? [:], isAutomatic: false), to: &bytes)
        }
        bytes.append(json: "}")
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

    /// Returns `text` unchanged if it is JSON, else as a JSON string.
    private func raw(_ text: String) -> Content {
        .raw((try? JSONValue.parse(text)) == nil ? JSONValue.string(text).serialized() : text)
    }

    private func synthesized(_ schema: JSONObject) -> JSONValue {
        ValueSynthesis(root: schema, seed: seed, usesFieldNames: true) {
            "Sandbox value for \($0) (input: \(subject))"
        }.value()
    }

    private func report(asking description: String?) -> String {
        let page = String(StableHash.of("output", seed: seed), radix: 36)
        let request = description.map { "The requested form was: \(Self.shortened($0)).\n\n" } ?? ""
        return """
            # Sandbox report: \(subject)

            This text is made up by `parallel-sandbox`; no web page was read for it.

            \(request)## Summary

            The sandbox processor `\(record.request.processor.name)` was asked about “\(subject)” [1]. A real run answers \
            here with what it found on the web.

            ## Sources

            1. [Sandbox source 1](https://sandbox.parallel.example/sources/\(page))

            """
    }

    // MARK: - Basis

    /// Returns the fields that have a basis entry.
    private func fields(of content: JSONValue, isAutomatic: Bool) -> [String] {
        var fields: [String] = []
        for member in content.object ?? [:] {
            if isAutomatic {
                Self.collectLeaves(of: member.value, at: member.key, into: &fields)
            } else {
                fields.append(member.key)
                fields += (member.value.array ?? []).indices.map { "\(member.key).\($0)" }
            }
        }
        return fields
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

    /// Appends the members with the evidence for the output.
    private func appendSupport(of fields: [String], to bytes: inout [UInt8]) {
        bytes.append(json: ",\"mcp_tool_calls\":")
        let calls = connectorCalls + record.toolCalls
        (calls.isEmpty ? .null : JSONValue.array(calls.map(\.json))).append(to: &bytes)
        bytes.append(json: ",\"beta_fields\":null,\"basis\":[")
        for (number, field) in fields.enumerated() {
            if number > 0 { bytes.append(json: ",") }
            appendBasis(of: field, number: number, to: &bytes)
        }
        bytes.append(json: "]")
    }

    /// A made-up call of each data connector of the run.
    private var connectorCalls: [MCPToolCall] {
        record.request.sources.map { source in
            MCPToolCall(
                id: "call_" + String(StableHash.of(source, seed: seed), radix: 36), server: source, tool: "search",
                arguments: JSONValue.object(["query": .string(subject)]).serialized(),
                content: DataConnectors.answer, error: "")
        }
    }

    private func appendBasis(of field: String, number: Int, to bytes: inout [UInt8]) {
        let name = [UInt8].escaped(field)
        let hash = StableHash.of(field, seed: seed)
        let explains = record.request.processor.explainsItself
        bytes.append(json: "{\"field\":\"")
        bytes += name
        bytes.append(json: "\",\"reasoning\":\"Sandbox reasoning for ")
        bytes += name
        bytes.append(json: ": made up from the input “")
        bytes += subjectJSON
        bytes.append(json: "”.\",\"citations\":[{\"title\":\"Sandbox source ")
        bytes += String(number + 1).utf8
        bytes.append(json: "\",\"url\":\"https://sandbox.parallel.example/sources/")
        bytes += String(hash, radix: 36).utf8
        bytes.append(json: "\",\"excerpts\":[")
        if explains {
            bytes.append(json: "\"Sandbox excerpt on ")
            bytes += name
            bytes.append(json: " (input: ")
            bytes += subjectJSON
            bytes.append(json: ").\"")
        }
        bytes.append(json: "]}],\"confidence\":\"")
        if explains { bytes += ["low", "medium", "high"][Int(hash % 3)].utf8 }
        bytes.append(json: "\"}")
    }

    /// Returns the beginning of `text`, on one line.
    private static func shortened(_ text: String) -> String {
        shortenedASCII(text) ?? shortenedCharacters(text)
    }

    /// Returns the same as `shortenedCharacters`, ten times as fast; nil if the part it examines is not all ASCII.
    private static func shortenedASCII(_ text: String) -> String? {
        var line: [UInt8] = []
        var isBetweenWords = false
        for byte in text.utf8 {
            guard byte < 0x80 else { return nil }
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isBetweenWords = !line.isEmpty
                continue
            }
            if isBetweenWords { line.append(0x20) }
            line.append(byte)
            isBetweenWords = false
            if line.count > 60 { return String(decoding: line.prefix(59), as: UTF8.self) + "…" }
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Whether a character is white space. Avoids the slow `isWhitespace` for ASCII.
    private static func isSpace(_ character: Character) -> Bool {
        guard let ascii = character.asciiValue else { return character.isWhitespace }
        return ascii == 0x20 || (0x09...0x0D).contains(ascii)
    }

    private static func shortenedCharacters(_ text: String) -> String {
        var line = ""
        var count = 0
        var isBetweenWords = false
        // Stops as early as possible: otherwise a long listing would spend most of its time on the rest of the inputs.
        for character in text {
            if isSpace(character) {
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

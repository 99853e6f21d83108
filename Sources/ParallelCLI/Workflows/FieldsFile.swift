import ParallelBatch
import ParallelJSON
import ParallelSystem

/// Reads the file of `--fields-from`: CSV with a header, or JSON.
enum FieldsFile {
    /// Returns the fields, at least one, in the order of the file. Throws `UsageError`, which names file and line.
    static func read(_ source: InputSource, _ sources: SourceText) throws -> [FieldFlag] {
        let text = try sources.text(of: source, for: "--fields-from")
        let name = "--fields-from: \(source.name)"
        let first = text.trimmed.utf8.first
        let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        let fields = isJSON ? try fields(inJSON: text, name) : try fields(inCSV: text, name)
        if fields.isEmpty { throw UsageError("\(name) has no fields") }
        if let conflict = FieldFlag.conflict(in: fields) { throw UsageError("\(name): \(conflict)") }
        return fields
    }

    /// - Parameter choices: the texts to choose from, in JSON; nil if any text will do.
    private static func field(
        _ name: String?, _ type: String?, choices: JSONValue? = nil, _ description: String?, at place: String
    ) throws(UsageError) -> FieldFlag {
        guard let name, !name.isBlank else { throw UsageError("\(place) has no name") }
        do throws(InvalidValue) {
            let type = type.map { String($0.trimmed) } ?? ""
            var kind = try type.isEmpty ? FieldFlag.Kind.string : FieldFlag.Kind(type)
            if let choices {
                let texts = choices.array?.compactMap(\.string) ?? []
                guard kind == .string, !texts.isEmpty, texts.count == choices.array?.count else {
                    throw InvalidValue("'enum' is for fields of type string, and lists texts")
                }
                kind = try FieldFlag.Kind(choices: texts)
            }
            return try FieldFlag(name.trimmed, kind, description: description ?? "")
        } catch {
            throw UsageError("\(place): \(error.reason)")
        }
    }

    /// Reads a field from an object, which may name it.
    private static func field(
        _ name: String?, _ value: JSONValue, at place: String
    ) throws(UsageError) -> FieldFlag {
        if let type = value["type"], type.string == nil {
            throw UsageError(
                "\(place): its 'type' is \(type.typeName), and must be one word such as number; more can be said in a JSON "
                    + "Schema: --output-schema @FILE")
        }
        return try field(
            name ?? value["name"]?.string, value["type"]?.string, choices: value["enum"],
            value.string ?? value["description"]?.string, at: place)
    }

    // MARK: - JSON

    private static func fields(inJSON text: String, _ name: String) throws(UsageError) -> [FieldFlag] {
        let value: JSONValue
        do {
            value = try JSONValue.parse(text)
        } catch {
            throw UsageError("\(name) is not JSON: \(error)")
        }
        var fields: [FieldFlag] = []
        if value["$schema"] != nil || value["properties"]?.object?.contains(where: { $0.value.object != nil }) == true {
            throw UsageError("\(name) is a JSON Schema", hint: "give it with --output-schema @FILE")
        }
        for member in value.object.map({ Array($0) }) ?? [] {
            fields.append(try field(member.key, member.value, at: "\(name): '\(member.key.shortened(to: 60))'"))
        }
        for (index, value) in (value.array ?? []).enumerated() {
            fields.append(try field(nil, value, at: "\(name), field \(index + 1)"))
        }
        return fields
    }

    // MARK: - CSV

    private static func fields(inCSV text: String, _ name: String) throws(UsageError) -> [FieldFlag] {
        let lines: [(line: Int, cells: [String])]
        do throws(RowError) {
            lines = try Self.lines(of: text)
        } catch {
            throw UsageError("\(name), \(error)")
        }
        guard let header = lines.first?.cells.map({ $0.trimmed.asciiLowercased }) else { return [] }
        guard let nameColumn = header.firstIndex(of: "name"), let description = header.firstIndex(of: "description")
        else {
            throw UsageError(
                "\(name), line 1: the header has no column '\(header.contains("name") ? "description" : "name")'",
                hint: "the columns are name, type and description")
        }
        let type = header.firstIndex(of: "type")
        var fields: [FieldFlag] = []
        for (line, cells) in lines.dropFirst() where !cells.allSatisfy(\.isBlank) {
            guard cells.count == header.count else {
                throw UsageError(
                    "\(name), line \(line): \(counted(cells.count, "cell")) for \(counted(header.count, "column"))",
                    hint: "a description with a comma in it stands in double quotes")
            }
            fields.append(
                try field(cells[nameColumn], type.map { cells[$0] }, cells[description], at: "\(name), line \(line)"))
        }
        return fields
    }

    /// Returns the cells of each line of CSV, or of another separated text.
    static func lines(of text: String) throws(RowError) -> [(line: Int, cells: [String])] {
        // Spreadsheets also save with semicolons or tabs.
        let header = text.utf8.prefix { $0 != 0x0A }
        var reader = DelimitedReader(separator: ",;\t".utf8.first(where: header.contains) ?? UInt8(ascii: ","))
        var lines: [(line: Int, cells: [String])] = []
        let bytes = Array(text.utf8)
        var position = 0
        while try next(&reader, bytes, &position) {
            lines.append(
                (
                    reader.line,
                    reader.withRecord { record in
                        (0..<record.count).map { String(decoding: record[$0], as: UTF8.self) }
                    }
                ))
        }
        return lines
    }

    /// Reads the next record, also the last one, which needs no line break behind it.
    private static func next(
        _ reader: inout DelimitedReader, _ bytes: [UInt8], _ position: inout Int
    ) throws(RowError) -> Bool {
        if position == bytes.count { return false }
        let isComplete = try bytes.withUnsafeBufferPointer { (buffer) throws(RowError) in
            try reader.next(in: buffer, at: &position)
        }
        return if isComplete { true } else { try reader.finish() }
    }
}

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

    private static func field(
        _ name: String?, _ type: String?, _ description: String?, at place: String
    ) throws(UsageError) -> FieldFlag {
        guard let name, !name.isBlank else { throw UsageError("\(place) has no name") }
        do throws(InvalidValue) {
            let type = type.map { String($0.trimmed) } ?? ""
            return try FieldFlag(name.trimmed, type: type.isEmpty ? nil : type, description: description ?? "")
        } catch {
            throw UsageError("\(place): \(error.reason)")
        }
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
        for member in value.object.map({ Array($0) }) ?? [] {
            let (type, description) = (member.value["type"]?.string, member.value["description"]?.string)
            fields.append(
                try field(
                    member.key, type, member.value.string ?? description,
                    at: "\(name): '\(member.key.shortened(to: 60))'"))
        }
        for (index, value) in (value.array ?? []).enumerated() {
            fields.append(
                try field(
                    value["name"]?.string, value["type"]?.string, value["description"]?.string,
                    at: "\(name), field \(index + 1)"))
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

    private static func lines(of text: String) throws(RowError) -> [(line: Int, cells: [String])] {
        var reader = DelimitedReader()
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

import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelSystem

/// What a FindAll run must not find, each once.
struct FindAllExclusions: Sendable {
    private(set) var entries: [(name: String, url: String)] = []
    private var known: Set<ExactText> = []
    /// How many were left out because they were there already.
    private(set) var duplicates = 0

    /// Adds an entity, unless one with its name and its URL is there, apart from spaces around them and slashes at the
    /// end of the URL.
    mutating func add(_ name: String, _ url: String) {
        let (name, url) = (String(name.trimmed), String(url.trimmed))
        let bare = url.trimmed { $0 == "/" }
        guard known.insert(ExactText("\(name)\n\(bare)")).inserted else { return duplicates += 1 }
        entries.append((name, url))
    }

    mutating func add(_ value: JSONValue, at place: String) throws(UsageError) {
        guard let name = value["name"]?.string, let url = value["url"]?.string, !name.isBlank, !url.isBlank else {
            throw UsageError("\(place) has no name and url")
        }
        add(name, url)
    }

    /// Throws if there are more than the API takes; none is left out quietly.
    func check(_ name: String) throws(UsageError) {
        guard entries.count > FindAllGenerator.maximumExclusions else { return }
        throw UsageError(
            "\(name): there are \(entries.count.grouped) to exclude, and the API takes at most "
                + FindAllGenerator.maximumExclusions.grouped)
    }

    var json: JSONValue { .array(entries.map { ["name": .string($0.name), "url": .string($0.url)] }) }

    /// Adds what a file holds: CSV with a header, JSON, JSON lines, or the result of a run. Throws `UsageError`, which
    /// names the place.
    mutating func read(_ source: InputSource, _ sources: SourceText) throws {
        let text = try sources.text(of: source, for: "--exclude")
        let name = "--exclude: \(source.name)"
        switch text.trimmed.utf8.first {
        case UInt8(ascii: "["): try add(try Self.parse(text, name).array ?? [], name)
        case UInt8(ascii: "{"):
            if let result = (try? JSONValue.parse(text)).flatMap(FindAllResult.init) {
                for candidate in result.candidates where candidate.isMatched { add(candidate.name, candidate.url) }
                break
            }
            for (index, line) in text.lines.enumerated() where !line.isBlank {
                let place = "\(name), line \(index + 1)"
                try add(try Self.parse(String(line), place), at: place)
            }
        case nil: throw UsageError("\(name) is empty")
        default: try readCSV(text, name)
        }
    }

    private mutating func add(_ list: [JSONValue], _ name: String) throws(UsageError) {
        for (index, value) in list.enumerated() { try add(value, at: "\(name), element \(index + 1)") }
    }

    private static func parse(_ text: String, _ place: String) throws(UsageError) -> JSONValue {
        do {
            return try JSONValue.parse(text)
        } catch {
            throw UsageError("\(place) is not JSON: \(error)")
        }
    }

    private mutating func readCSV(_ text: String, _ name: String) throws(UsageError) {
        let lines: [(line: Int, cells: [String])]
        do throws(RowError) { lines = try FieldsFile.lines(of: text) } catch { throw UsageError("\(name), \(error)") }
        let header = lines.first?.cells.map { $0.trimmed.asciiLowercased } ?? []
        guard let nameColumn = header.firstIndex(of: "name"), let urlColumn = header.firstIndex(of: "url") else {
            throw UsageError("\(name), line 1: the header has no columns 'name' and 'url'")
        }
        for (line, cells) in lines.dropFirst() where !cells.allSatisfy(\.isBlank) {
            guard max(nameColumn, urlColumn) < cells.count, !cells[nameColumn].isBlank, !cells[urlColumn].isBlank else {
                throw UsageError("\(name), line \(line) has no name and url")
            }
            add(cells[nameColumn], cells[urlColumn])
        }
    }
}

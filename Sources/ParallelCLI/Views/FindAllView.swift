import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Shows what a FindAll run has found: to people each match with its fields, to programs a row for each.
struct FindAllView {
    let output: Output
    var showsBasis = false
    /// Whether candidates that did not match are shown, too.
    var showsAll = false

    /// - Parameter title: the objective, for formats that show it; the run's id if nil.
    func write(_ result: FindAllResult, title: String? = nil) throws {
        if output.format.isJSON { return try output.write(document: result.json) }
        let candidates = result.candidates.filter { showsAll || $0.isMatched }
        guard output.takesDocuments else { return try output.write(table: table(candidates)) }
        let title =
            output.format == .html || output.format == .markdown
            ? [Document.Block.heading(1, [.text(title ?? "FindAll run \(result.run.id)")])] : []
        try output.write(Document(title + candidates.flatMap(blocks)), isWhole: true)
    }

    private func blocks(_ candidate: FindAllCandidate) -> [Document.Block] {
        let name = candidate.name.isEmpty ? candidate.url : candidate.name
        var facts = [Document.Field("url", [.paragraph([.link([.text(candidate.url)], url: candidate.url)])])]
        if !candidate.isMatched {
            facts.append(Document.Field("status", [.paragraph([.mark(.status(candidate.status))])]))
        }
        if let description = candidate.description, !description.isBlank {
            facts.append(Document.Field("description", [.paragraph([.text(description)])]))
        }
        var fields = JSONBlocks(sources: SourceList(showsBasis ? candidate.basis : []))
        let values = candidate.fields.map { field -> (String, JSONValue) in
            (field.name, field.isMet == false ? .string("\(Self.text(field.value)) (not met)") : field.value)
        }
        for case .fields(let found) in fields.blocks(.object(JSONObject(values))) { facts += found }
        let blocks: [Document.Block] = [.heading(2, [.text(name)]), .fields(facts)]
        guard showsBasis else { return blocks }
        var sources = fields.sources
        let basis = sources.fields(of: candidate.basis)
        return blocks + (basis.isEmpty ? [] : [.fields(basis)])
            + (sources.sources.isEmpty ? [] : [.sources(sources.sources)])
    }

    /// Returns a table with a column for each condition and enrichment; with `showsBasis`, two more for each.
    private func table(_ candidates: [FindAllCandidate]) -> Document.Table {
        var names: [String] = []
        var known: Set<ExactText> = []
        for field in candidates.flatMap(\.fields) where known.insert(ExactText(field.name)).inserted {
            names.append(field.name)
        }
        let headings =
            ["name", "url", "description"] + (showsAll ? ["status"] : [])
            + names.flatMap { showsBasis ? [$0, "\($0) reasoning", "\($0) sources"] : [$0] }
        let rows = candidates.map { candidate -> [String] in
            let basis = showsBasis ? candidate.basis : []
            let fields = candidate.fields
            return [candidate.name, candidate.url, candidate.description ?? ""]
                + (showsAll ? [candidate.status] : [])
                + names.flatMap { name -> [String] in
                    let value = fields.first { $0.name.isExactly(name) }.map { Self.text($0.value) } ?? ""
                    guard showsBasis else { return [value] }
                    let entry = basis.first { $0.field.isExactly(name) }
                    let sources = (entry?.citations ?? []).map(\.url).joined(separator: " ")
                    return [value, entry?.reasoning ?? "", sources]
                }
        }
        return Document.Table(headings: headings, rows: rows)
    }

    private static func text(_ value: JSONValue) -> String {
        FieldRow.rows(of: value).map(\.value).joined(separator: "; ")
    }
}

/// Shows the state of FindAll runs: a row for each.
enum FindAllStatusView {
    static func write(_ runs: [FindAllRun], isOne: Bool, _ output: Output) throws {
        if output.format.isJSON {
            for run in runs { try output.write(document: run.json, isOnly: isOne) }
            return
        }
        let rows = runs.map { run -> [[Document.Inline]] in
            [
                [.text(run.id)], [.mark(.status(run.status.rawValue))], [.text(run.generator ?? "")],
                [.text(run.matched.map(String.init) ?? "")], [.text(run.generated.map(String.init) ?? "")],
                [.text(run.reason ?? "")], time(run.createdAt), time(run.modifiedAt),
            ]
        }
        let columns: [Document.Column] = [
            .init("findall_id", .identifier), .init("status", .status), .init("generator"), .init("matched", .number),
            .init("generated", .number), .init("reason"), .init("created", .time), .init("modified", .time),
        ]
        if !runs.isEmpty || output.format != .table {
            try output.write(table: Document.Table(columns: columns, rows: rows))
        }
    }

    private static func time(_ text: String?) -> [Document.Inline] {
        text.map { [.time($0, seconds: Timestamp.seconds($0))] } ?? []
    }
}

/// Shows what a FindAll run looks for: its objective, the kind of entity, and its conditions.
enum FindAllSchemaView {
    static func write(_ schema: JSONValue, _ output: Output) throws {
        if output.format.isJSON { return try output.write(document: schema) }
        let fields = fields(of: schema).map {
            (name: [Document.Inline.text($0.name)], value: [Document.Inline.text($0.value)])
        }
        try output.write(fields: fields, headings: ["field", "value"])
    }

    /// Returns what a schema says, in lines.
    static func fields(of schema: JSONValue) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for name in ["objective", "entity_type"] { fields.append((name, schema[name]?.string ?? "")) }
        for condition in schema["match_conditions"]?.array ?? [] {
            fields.append(("condition \(condition["name"]?.string ?? "")", condition["description"]?.string ?? ""))
        }
        for enrichment in schema["enrichments"]?.array ?? [] {
            let names = enrichment["output_schema"]?["json_schema"]?["properties"]?.object?.keys ?? []
            fields.append(("enrichment on \(enrichment["processor"]?.string ?? "?")", names.joined(separator: ", ")))
        }
        if let generator = schema["generator"]?.string { fields.append(("generator", generator)) }
        if let limit = schema["match_limit"]?.int { fields.append(("match_limit", String(limit))) }
        return fields
    }
}

import ParallelJSON

/// A made-up candidate of a FindAll run. The same objective always gets the same ones.
struct FindAllCandidate: Sendable {
    let id = "candidate_" + Identifier.uuid()
    let number: Int
    let name: String
    let url: String
    /// Whether it fulfils the conditions.
    let fits: Bool
    private let seed: UInt64

    var status = "generated"
    private var output = JSONObject()
    private var basis: [JSONValue] = []
    /// How many of the run's enrichments it has.
    private(set) var enrichments = 0

    var isMatched: Bool { status == "matched" }

    init(number: Int, of request: FindAllRequest, fits: Bool) {
        self.number = number
        self.fits = fits
        seed = StableHash.of("\(request.objective)\n\(number)")
        let choice = Int(seed % (1 << 20))
        let meaning: FieldMeaning = request.entityType.lowercased().contains("people") ? .person : .company
        name = "\(meaning.text(choice) ?? "Candidate") \(number)"
        url = "https://candidate-\(number).parallel.example/"
    }

    /// Whether the candidate with this number fulfils the conditions: three of four do.
    static func fits(_ number: Int, _ objective: String) -> Bool {
        number == 1 || StableHash.of("\(objective)\nfits \(number)") % 4 != 0
    }

    /// Decides whether the candidate matches, with a value and a reason for each condition.
    mutating func decide(_ request: FindAllRequest) {
        status = fits ? "matched" : "unmatched"
        for (index, condition) in request.conditions.enumerated() {
            guard let field = condition["name"]?.string else { continue }
            // What does not match fails at the last condition.
            let isMatched = fits || index < request.conditions.count - 1
            output[field] = [
                "value": .string(isMatched ? "Sandbox: yes" : "Sandbox: no"), "type": "match_condition",
                "is_matched": .bool(isMatched),
            ]
            basis.append(reason(for: field))
        }
    }

    /// Adds the values of an enrichment.
    mutating func enrich(_ enrichment: FindAllEnrichment) {
        enrichments += 1
        let synthesis = ValueSynthesis(root: enrichment.schema, seed: seed, usesFieldNames: true) { [name] path in
            "Sandbox \(path) of \(name)"
        }
        for member in synthesis.value().object ?? [:] {
            output[member.key] = ["value": member.value, "type": "enrichment"]
            basis.append(reason(for: member.key))
        }
    }

    private func reason(for field: String) -> JSONValue {
        [
            "field": .string(field),
            "citations": [
                [
                    "title": "Sandbox source", "url": .string(url + "about"),
                    "excerpts": [.string("Sandbox excerpt on \(field).")],
                ]
            ],
            "reasoning": .string("Made up by parallel-sandbox for \(field)."), "confidence": "high",
        ]
    }

    var json: JSONValue {
        [
            "candidate_id": .string(id), "name": .string(name), "url": .string(url),
            "description": .string("\(name), made up by parallel-sandbox."), "match_status": .string(status),
            "output": output.isEmpty ? .null : .object(output), "basis": basis.isEmpty ? .null : .array(basis),
        ]
    }
}

import ParallelJSON

/// A made-up task for a plain-language intent: the same intent always gets the same task.
struct SuggestAnswer {
    /// Words that don't become fields.
    private static let fillers: Set<String> = [
        "about", "all", "and", "are", "each", "every", "find", "for", "from", "get", "give", "has", "have", "how",
        "into",
        "its", "list", "look", "many", "the", "their", "them", "these", "they", "this", "that", "was", "were", "what",
        "when", "where", "which", "who", "why", "with", "you", "your",
    ]
    private static let maximumFields = 5
    /// The minimum number of letters of an intent, and of a word that becomes a field.
    private static let minimumLetters = 3

    let intent: String
    /// The task to refine, or the columns to keep to.
    let previous: JSONObject?

    var answer: JSONValue {
        let words = words
        var warnings: [JSONValue] = []
        if intent.count(where: \.isLetter) < Self.minimumLetters {
            warnings.append(Self.warning("unparsable_input", "The intent could not be understood."))
        } else if words.isEmpty {
            warnings.append(Self.warning("unattainable_task", "The intent does not say what to find."))
        } else if words.count > Self.maximumFields {
            warnings.append(
                Self.warning(
                    "schema_generalization", "Only the first \(Self.maximumFields) of many wishes have a field."))
        }
        return [
            "input_schema": previous?["input_schema"] ?? Self.schema(["company_name": "Name of the company"]),
            "output_schema": outputSchema(words), "inputs": previous?["inputs"] ?? [], "title": .string(title(words)),
            "warnings": warnings.isEmpty ? .null : .array(warnings),
        ]
    }

    /// Returns the fields of the task to refine, and one for each word that has none yet.
    private func outputSchema(_ words: [String]) -> JSONValue {
        var fields = previous?["output_schema"]?["properties"]?.object ?? [:]
        for word in words.prefix(Self.maximumFields) where fields[word] == nil {
            fields[word] = ["type": "string", "description": .string("Sandbox field for “\(word)”")]
        }
        if fields.isEmpty { fields["answer"] = ["type": "string", "description": "Sandbox field"] }
        return Self.schema(of: fields)
    }

    private func title(_ words: [String]) -> String {
        previous?["title"]?.string
            ?? "Find " + (words.isEmpty ? "answer" : words.prefix(Self.maximumFields).joined(separator: " "))
    }

    /// The meaningful words of the intent, in lower case, each once.
    private var words: [String] {
        var seen: Set<String> = []
        let words = intent.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.map(String.init)
        return words.filter {
            $0.count >= Self.minimumLetters && $0.first?.isLetter == true && !Self.fillers.contains($0)
                && !OutputSchemaRules.basisNames.contains($0) && seen.insert($0).inserted
        }
    }

    private static func schema(_ fields: KeyValuePairs<String, String>) -> JSONValue {
        schema(of: JSONObject(fields.map { ($0.key, ["type": "string", "description": .string($0.value)]) }))
    }

    private static func schema(of fields: JSONObject) -> JSONValue {
        [
            "type": "object", "properties": .object(fields), "required": .array(fields.keys.map(JSONValue.string)),
            "additionalProperties": false,
        ]
    }

    private static func warning(_ type: String, _ message: String) -> JSONValue {
        ["type": .string(type), "message": .string(message)]
    }
}

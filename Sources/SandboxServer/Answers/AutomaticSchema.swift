import ParallelJSON

/// The output schema that the sandbox uses if a run leaves it to the server.
enum AutomaticSchema {
    static let schema: JSONObject = [
        "type": "object",
        "properties": [
            "overview": object(["topic": string, "summary": string, "scope": string]),
            "findings": [
                "type": "array", "items": object(["statement": string, "detail": string, "year": ["type": "integer"]]),
            ],
            "open_questions": ["type": "array", "items": string],
        ],
        "required": ["overview", "findings", "open_questions"],
        "additionalProperties": false,
    ]

    private static let string: JSONValue = ["type": "string"]

    private static func object(_ properties: JSONObject) -> JSONValue {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.map(JSONValue.string)),
            "additionalProperties": false,
        ]
    }
}

import ParallelJSON

/// The schemas of the Search MCP's tools, as in its `tools/list` except for the descriptions.
enum SearchMCPSchemas {
    static let searchAnnotations: JSONObject = [
        "title": "Web search", "readOnlyHint": true, "destructiveHint": false, "openWorldHint": true,
    ]

    static let searchInput: JSONObject = [
        "type": "object", "title": "v1_search_toolArguments", "required": ["objective", "search_queries"],
        "properties": [
            "objective": [
                "type": "string", "title": "Objective",
                "description":
                    "What the search is after, in plain language; one piece of information; may name preferred sources or freshness.",
            ],
            "search_queries": [
                "type": "array", "items": string, "title": "Search Queries",
                "description":
                    "Keyword queries of 3 to 6 words, operators allowed; at least one, two or three are best.",
            ],
            "session_id": [
                "type": "string", "maxLength": 100,
                "description":
                    "Any random value (UUID or 32 or more hexadecimal digits), the same for every call of one conversation.",
            ],
            "model_name": ["type": "string", "maxLength": 100, "description": "Slug of the calling model."],
        ],
    ]

    static let searchOutput: JSONObject = [
        "type": "object", "title": "V1SearchResponse", "required": ["search_id", "results", "session_id"],
        "properties": [
            "search_id": string,
            "session_id": ["type": "string", "description": "Echoed, or made by the server."],
            "results": results(),
            "warnings": orNull(["type": "array", "items": ["type": "object", "required": ["type", "message"]]]),
            "usage": orNull(["type": "array", "items": ["type": "object", "required": ["name", "count"]]]),
        ],
    ]

    static let fetchInput: JSONObject = [
        "type": "object", "title": "v1_extract_toolArguments", "required": ["urls"],
        "properties": [
            "urls": [
                "type": "array", "items": string, "title": "Urls", "description": "http or https URLs, up to 20.",
            ],
            "objective": orNull(string, title: "Objective", "What to look for; at most 200 characters."),
            "search_queries": orNull(
                ["type": "array", "items": string], title: "Search Queries",
                "Keyword queries that focus the excerpts."),
            "full_content": [
                "type": "boolean", "default": false, "title": "Full Content",
                "description": "Whole page as Markdown; large.",
            ],
            "allow_live_fetch": [
                "type": "boolean", "default": true, "title": "Allow Live Fetch",
                "description": "false: cached content only.",
            ],
            "session_id": ["type": "string", "maxLength": 100],
            "model_name": ["type": "string", "maxLength": 100],
        ],
    ]

    static let fetchOutput: JSONObject = [
        "type": "object", "title": "V1ExtractResponse", "required": ["extract_id", "results", "errors", "session_id"],
        "properties": [
            "extract_id": string,
            "session_id": string,
            "results": results(and: ["full_content": orNull(string)]),
            "errors": [
                "type": "array",
                "items": ["type": "object", "required": ["url", "error_type", "http_status_code", "content"]],
            ],
            "warnings": orNull(["type": "array"]),
            "usage": orNull(["type": "array"]),
        ],
    ]

    private static func results(and more: JSONObject = [:]) -> JSONValue {
        var page: JSONObject = [
            "url": string, "title": orNull(string), "publish_date": orNull(string),
            "excerpts": ["type": "array", "items": string],
        ]
        page.members += more.members
        return [
            "type": "array",
            "items": ["type": "object", "required": ["url", "excerpts"], "properties": .object(page)],
        ]
    }

    private static let string: JSONValue = ["type": "string"]

    private static func orNull(_ schema: JSONValue, title: String? = nil, _ description: String? = nil) -> JSONValue {
        var property: JSONObject = ["anyOf": [schema, ["type": "null"]], "default": nil]
        property["title"] = title.map(JSONValue.string)
        property["description"] = description.map(JSONValue.string)
        return .object(property)
    }
}

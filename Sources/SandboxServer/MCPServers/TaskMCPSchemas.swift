import ParallelJSON

/// The schemas of the Task MCP's tools, as far as they are known without a key.
enum TaskMCPSchemas {
    static let deepResearch: JSONObject = [
        "type": "object", "required": ["input"],
        "properties": [
            "input": ["type": "string", "description": "The research question, specific and detailed."],
            "processor": ["type": "string", "description": "Defaults to pro."],
            "source_policy": ["type": "object", "description": "Preferred and refused domains."],
            "previous_interaction_id": [
                "type": "string", "description": "interaction_id of a completed run to continue from.",
            ],
        ],
    ]

    static let taskGroup: JSONObject = [
        "type": "object", "required": ["inputs", "output", "output_type"],
        "properties": [
            "inputs": [
                "type": "array", "items": ["type": "object"], "description": "One object per item; begin with 3 to 5.",
            ],
            "output": ["type": "string", "description": "The wanted fields or text, in plain language."],
            "output_type": ["type": "string", "enum": ["json", "text"]],
            "processor": ["type": "string", "description": "Chosen by the server when absent."],
            "source_policy": ["type": "object"],
        ],
    ]

    static let status: JSONObject = [
        "type": "object", "required": ["taskRunOrGroupId"], "properties": ["taskRunOrGroupId": id],
    ]

    static let result: JSONObject = [
        "type": "object", "required": ["taskRunOrGroupId"],
        "properties": [
            "taskRunOrGroupId": id,
            "basis": ["type": "string", "description": "Groups only: all, index:N or field:NAME."],
        ],
    ]

    private static let id: JSONValue = ["type": "string", "description": "trun_… or tgrp_…"]
}

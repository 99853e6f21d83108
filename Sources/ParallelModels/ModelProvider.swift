/// A provider of models that can use MCP servers.
package enum ModelProvider: String, CaseIterable, Sendable {
    case openai, anthropic, parallel, gemini, xai

    /// What is known of a provider and needs no decision in code.
    package struct Facts: Sendable {
        package let title: String
        /// The model of the provider's documentation; nil if one has to be named.
        package let usualModel: String?
        /// The variables that can hold the key, the usual one first.
        package let keyVariables: [String]
        /// The variables that can hold another base URL; of Parallel those of its whole API.
        package let addressVariables: [String]
        package let usualAddress: String
        /// The path below the base URL.
        let path: String
        /// The header field that carries the key, and the text before the key in its value.
        package let keyField: (name: String, prefix: String)
    }

    package var facts: Facts {
        switch self {
        case .openai:
            Facts(
                title: "OpenAI", usualModel: "gpt-6-astra", keyVariables: ["OPENAI_API_KEY"],
                addressVariables: ["OPENAI_BASE_URL"], usualAddress: "https://api.openai.com/v1", path: "/responses",
                keyField: ("authorization", "Bearer "))
        case .anthropic:
            Facts(
                title: "Anthropic", usualModel: "claude-sonnet-5", keyVariables: ["ANTHROPIC_API_KEY"],
                addressVariables: ["ANTHROPIC_BASE_URL"], usualAddress: "https://api.anthropic.com",
                path: "/v1/messages", keyField: ("x-api-key", ""))
        case .parallel:
            Facts(
                title: "Parallel", usualModel: "parallel", keyVariables: ["PARALLEL_API_KEY"],
                addressVariables: ["PARALLEL_BASE_URL", "PARALLEL_API_URL"], usualAddress: "https://api.parallel.ai",
                path: "/v1/responses", keyField: ("authorization", "Bearer "))
        case .gemini:
            Facts(
                title: "Gemini", usualModel: nil, keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
                addressVariables: ["GOOGLE_GEMINI_BASE_URL"],
                usualAddress: "https://generativelanguage.googleapis.com", path: "/v1beta/interactions",
                keyField: ("x-goog-api-key", ""))
        case .xai:
            Facts(
                title: "xAI", usualModel: nil, keyVariables: ["XAI_API_KEY"], addressVariables: ["XAI_BASE_URL"],
                usualAddress: "https://api.x.ai", path: "/v1/responses", keyField: ("authorization", "Bearer "))
        }
    }

    /// Whether the requests have the form of OpenAI's Responses API.
    var usesResponses: Bool { self == .openai || self == .parallel || self == .xai }
    /// Whether a person can be asked before a tool is called.
    package var canAskForApproval: Bool { self == .openai }
    /// Whether the provider keeps its answers, so that the next turn names one by its id. If not, it gets all messages.
    package var keepsAnswers: Bool { self != .anthropic }
    /// Whether how much the model thinks can be set.
    package var takesEffort: Bool { usesResponses }
}

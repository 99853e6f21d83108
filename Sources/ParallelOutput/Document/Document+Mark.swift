extension Document.Mark {
    /// How a mark looks: how good its news is, or that it is a name. HTML pages have a class of each name.
    enum Look: String {
        case good, fair, bad, quiet, name, plain
    }

    /// A sign that tells the word without colour, the word as the API has it, and what colour says.
    var parts: (sign: String, word: String, look: Look) {
        switch self {
        case .confidence(let word):
            switch word {
            case "high": ("●", word, .good)
            case "medium": ("◐", word, .fair)
            case "low": ("○", word, .bad)
            default: ("", word, .plain)
            }
        case .status(let word):
            switch word {
            case "completed", "ok": ("✓", word, .good)
            case "failed", "refused", "unusable", "not_sent", "problem": ("✗", word, .bad)
            case "cancelled", "cancelling": ("–", word, .fair)
            case "warning": ("!", word, .fair)
            case "queued", "running": ("…", word, .quiet)
            default: ("", word, .plain)
            }
        case .eventKind(let word): ("", word, .name)
        }
    }
}

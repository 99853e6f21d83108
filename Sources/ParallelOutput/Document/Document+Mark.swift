extension Document.Mark {
    /// How good the news is that a mark tells; the names are those of the classes of a page.
    enum Look: String {
        case good, fair, bad, quiet, plain
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
            case "completed": ("✓", word, .good)
            case "failed": ("✗", word, .bad)
            case "cancelled", "cancelling": ("–", word, .fair)
            case "queued", "running": ("…", word, .quiet)
            default: ("", word, .plain)
            }
        }
    }
}

import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The URL that the API calls, and for which events.
struct WebhookTarget: Sendable {
    var url: String?
    /// The events that were named; empty for the usual ones.
    var events: [String] = []
    /// The events that it is called for unless some are named.
    let usualEvents: [String]

    func check() throws(UsageError) {
        if !events.isEmpty, url == nil { throw UsageError("--webhook-event goes with --webhook") }
    }

    /// Hides what may be secret in the URL.
    func hideSecrets(_ context: Context) {
        if let url { AddressMask.secrets(in: url).forEach(context.streams.secrets.hide) }
    }

    /// The `webhook` of a request; nil where no URL was given.
    var json: JSONValue? {
        url.map { url in
            let events = events.isEmpty ? usualEvents : events
            return ["url": .string(url), "event_types": .array(events.map(JSONValue.string))]
        }
    }

    /// Returns the body of a request with what may be secret in the webhook's URL masked.
    static func masked(_ body: JSONObject) -> JSONValue {
        var body = body
        if var webhook = body["webhook"]?.object, let url = webhook["url"]?.string {
            webhook["url"] = .string(SecretMask.url(url))
            body["webhook"] = .object(webhook)
        }
        return .object(body)
    }

    /// Returns the two flags.
    ///
    /// - Parameter all: the names of all events.
    static func flags(
        _ summary: String, details: String = "", events all: [String], _ eventSummary: String, eventDetails: String
    ) -> [Flag<WebhookTarget>] {
        [
            Flag("webhook", value: FlagSpec.Value("URL"), summary: summary, details: details) {
                target, text throws(InvalidValue) in
                if let problem = WebhookURL.problem(in: text) { throw InvalidValue(problem) }
                target.url = text
            },
            Flag(
                "webhook-event", value: FlagSpec.Value("TYPE", completion: .words(all)), isRepeatable: true,
                summary: eventSummary, details: eventDetails
            ) { target, text throws(InvalidValue) in
                guard all.contains(where: text.isExactly) else { throw ChoiceText.unknown(text, among: all) }
                target.events.append(text)
            },
        ]
    }
}

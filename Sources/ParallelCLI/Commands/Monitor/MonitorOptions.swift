import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// What a monitor is, as far as it can be changed later, too.
struct MonitorOptions: Sendable {
    var frequency: MonitorFrequency?
    var processor: String?
    var sources = SourceOptions()
    var metadata: Metadata = []
    var webhook = WebhookTarget(usualEvents: usualEvents)

    /// The kinds of events that a webhook gets unless some are named: what was found, and what failed.
    private static let usualEvents = ["monitor.event.detected", "monitor.execution.failed"]
    private static let events = usualEvents + ["monitor.execution.completed"]

    func check() throws(UsageError) {
        try webhook.check()
        // Limits of the API reference; both count characters.
        for (key, value) in metadata
        where key.unicodeScalars.count > TaskRunRequest.maximumMetadataKeyLength
            || value.unicodeScalars.count > TaskRunRequest.maximumMetadataValueLength
        {
            throw UsageError("--metadata: '\(key.shortened(to: 40))': keys have at most 16 characters, values 512")
        }
        do throws(InvalidRequest) {
            try sources.policy.check()
        } catch {
            throw UsageError(error.message)
        }
    }

    /// The members of a request's body besides type and settings.
    var body: JSONObject {
        var body = JSONObject()
        if let frequency { body["frequency"] = .string(frequency.text) }
        if let processor { body["processor"] = .string(processor) }
        if let target = webhook.json { body["webhook"] = target }
        if !metadata.isEmpty {
            body["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        }
        return body
    }

    /// The `advanced_settings` of a monitor's settings; nil where nothing is set.
    var advancedSettings: JSONValue? {
        var settings = JSONObject()
        if !sources.policy.isEmpty { settings["source_policy"] = sources.policy.json }
        if let location = sources.location { settings["location"] = .string(location.lowercased()) }
        return settings.isEmpty ? nil : .object(settings)
    }

    /// - Parameter isNew: whether what is not given has a default, and does not stay as it is.
    static func flags(isNew: Bool) -> [Flag<MonitorOptions>] {
        [
            Flag(
                "frequency", short: "f",
                value: FlagSpec.Value("TIME", completion: .words(MonitorFrequency.words.map(\.word))),
                summary: "How often to look, from 1h to 30d\(isNew ? " (default 1d)" : "")",
                details: "Such as 6h, 1d or 2w; hourly, daily, weekly and every_two_weeks stand for 1h, 1d, 1w and 2w."
            ) { options, text throws(InvalidValue) in
                guard let frequency = MonitorFrequency(text) else {
                    throw InvalidValue("'\(text)' is no frequency such as 6h, 1d or 2w, from 1h to 30d")
                }
                options.frequency = frequency
            },
            Flag(
                "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(MonitorProcessor.names)),
                summary: "Thoroughness: lite\(isNew ? " (default)" : "") or base",
                details: "1,000 executions cost $3 on lite and $10 on base."
            ) { options, text throws(InvalidValue) in
                guard MonitorProcessor.names.contains(where: text.isExactly) else {
                    throw ChoiceText.unknown(text, among: MonitorProcessor.names)
                }
                options.processor = text
            },
        ] + SourceFlags.all.filter { $0.spec.name != "after-date" }.map { $0.embedded(at: \.sources) } + [
            MetadataFlag.flag(of: "monitor", details: "Keys have at most 16 characters, values 512.")
                .embedded(at: \.metadata)
        ]
            + WebhookTarget.flags(
                "Have the API call URL when something was found",
                details: "'webhook verify' checks what comes, 'webhook listen' receives it on this machine.",
                events: events,
                "An event that calls the webhook (repeatable)",
                eventDetails: "\(events.joined(separator: ", ")); the first two unless some are named."
            ).map { $0.embedded(at: \.webhook) }
    }
}

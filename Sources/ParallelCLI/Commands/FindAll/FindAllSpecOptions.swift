import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// What a FindAll run is to find, as typed. Files and standard input are read later.
struct FindAllSpecOptions: Sendable {
    var generator: String?
    var matchLimit: Int?
    var entityType: String?
    var conditions: [(name: String, description: String)] = []
    var exclusions: InputSource?
    var metadata: Metadata = []
    var webhook = WebhookTarget(usualEvents: usualEvents)
    var memoryScopeKey: String?

    static let usualMatchLimit = 10

    /// Checks what must hold between flags. Of a run that is found again, the schema says what is not given.
    func check() throws(UsageError) {
        if (entityType == nil) != conditions.isEmpty {
            throw UsageError(
                "--entity-type and --condition go together",
                hint: "without both, the API reads them from the objective")
        }
        try webhook.check()
        try Self.check(matchLimit ?? Self.usualMatchLimit, of: generator ?? FindAllGenerator.usual)
    }

    /// Throws for a limit that the generator does not take.
    static func check(_ limit: Int, of generator: String) throws(UsageError) {
        let isPreview = generator == FindAllGenerator.preview
        let range = isPreview ? FindAllGenerator.previewLimits : FindAllGenerator.limits
        if range.contains(limit) { return }
        throw UsageError(
            "--match-limit \(limit): \(isPreview ? "a preview" : "a run") takes \(range.lowerBound) to "
                + "\(range.upperBound.grouped)")
    }

    /// Adds what a schema does not keep to the body of a run: metadata, webhook and memory.
    func complete(_ body: inout JSONObject) {
        if !metadata.isEmpty {
            body["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        }
        if let target = webhook.json { body["webhook"] = target }
        if let memoryScopeKey { body["memory_scope_key"] = .string(memoryScopeKey) }
    }

    private static let usualEvents = ["findall.run.completed", "findall.run.cancelled", "findall.run.failed"]
    private static let events =
        ["generated", "matched", "enriched"].map { "findall.candidate.\($0)" } + usualEvents
}

extension FindAllSpecOptions {
    static let flags: [Flag<FindAllSpecOptions>] =
        [
            Flag(
                "generator", short: "g",
                value: FlagSpec.Value("NAME", completion: .words(FindAllGenerator.all.map(\.name))),
                summary: "Generator: preview, base, core or pro (default: base)",
                details: "A run costs, and each match: preview $0.10 and nothing, base $0.25 and $0.03, core $2.00 and "
                    + "$0.15, pro $10.00 and $1.00. A preview looks at 5 to 10 candidates, to try conditions out."
            ) { options, text throws(InvalidValue) in
                let names = FindAllGenerator.all.map(\.name)
                guard names.contains(where: text.isExactly) else { throw ChoiceText.unknown(text, among: names) }
                options.generator = text
            }.asSetting(),
            Flag(
                "match-limit", short: "n", value: FlagSpec.Value("N"),
                summary: "Find at most N matches, 5 to 1000 (default: 10)",
                details: "For a preview, look at N candidates, 5 to 10."
            ) { options, text throws(InvalidValue) in options.matchLimit = try NumberText.positive(text) },
            Flag(
                "entity-type", value: FlagSpec.Value("TYPE"), summary: "What to find, such as companies",
                details:
                    "Goes with --condition. Without both, the API reads them from the objective, and they are shown "
                    + "before the run is created."
            ) { options, text throws(InvalidValue) in options.entityType = try FilledText.parse(text) },
            Flag(
                "condition", value: FlagSpec.Value("NAME=DESCRIPTION"), isRepeatable: true,
                summary: "A condition that each match fulfils (repeatable)"
            ) { options, text throws(InvalidValue) in
                guard let equals = text.place(of: "="), case let (name, description) = text.halves(around: equals),
                    !name.isBlank, !description.isBlank
                else { throw InvalidValue("'\(text)' is not NAME=DESCRIPTION") }
                if options.conditions.contains(where: { $0.name.isExactly(name) }) {
                    throw InvalidValue("'\(name)' is given twice")
                }
                options.conditions.append((String(name), String(description)))
            },
            Flag(
                "exclude", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
                summary: "Don't find what is in FILE: rows with name and url",
                details:
                    "CSV with a header, a JSON array, JSON lines, or the result of a run, whose matches are excluded; "
                    + "with - as FILE from standard input. At most 10,000; what stands twice counts once."
            ) { options, text throws(InvalidValue) in
                let text = try FileNameText.parse(text)
                options.exclusions =
                    text.begins(with: "[") ? .literal(text) : InputSource(fileName: text)
            },
        ] + extraFlags

    /// Those for what the schema of a run does not keep.
    private static let extraFlags: [Flag<FindAllSpecOptions>] =
        [MetadataFlag.flag(of: "run", details: "").embedded(at: \.metadata)]
        + WebhookTarget.flags(
            "Have the API call URL when the run ends", events: events,
            "Have URL called on this event instead (repeatable)",
            eventDetails: "One of \(events.joined(separator: ", "))."
        ).map { $0.embedded(at: \.webhook) } + [
            Flag(
                "memory-scope-key", value: FlagSpec.Value("KEY"), summary: "Use and update the memory kept under KEY"
            ) { options, text throws(InvalidValue) in options.memoryScopeKey = try FilledText.parse(text) }
            .formerly("scope-key")
        ]
}

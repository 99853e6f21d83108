import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel config list`: shows all settings, and where their values come from.
struct ConfigListCommand: RunnableCommand {
    let options: ConfigOptions
    let output: Output
    let context: Context

    static let name = "config list"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        Command(
            summary: "List all settings, and where they come from",
            description: """
                Shows what counts where no flag is given, and whether it comes from a variable, the profile, the settings \
                for all, or is built in. What a file has wrong is named on standard error.
                """,
            takesSettings: false, defaults: ConfigOptions(tree: tree), flags: ConfigOptions.listFlags,
            examples: [
                .init("parallel config list", "What is configured?"),
                .init(
                    "parallel config list --json | jq -r '.[] | select(.source != \"built in\") | .name'", "What is set"
                ),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let (file, _, profile) = try options.place(context)
        let source = SettingSource(context)
        for (name, origin) in file.names(for: profile) where Setting.named(name) == nil {
            output.warn("\(origin.name): there is no setting '\(name)'")
        }
        let rows = Setting.all.map { setting -> [String] in
            var value: ConfiguredValue?
            do {
                value = try setting.value(source, profile: profile)
                if let value { try setting.check(value.text, from: value.origin, in: options.tree()) }
            } catch {
                let place = value.map { "\($0.origin.name): " } ?? ""
                output.warn(place + ErrorReport(error, context).message)
            }
            let text = value?.text ?? setting.preset
            let shown = setting.name == Setting.address ? SecretMask.url(text) : text
            return [setting.name, shown] + Self.source(of: value?.origin) + [setting.summary]
        }
        if output.format.isJSON {
            let entries = rows.map { row -> JSONValue in
                [
                    "name": .string(row[0]), "value": row[1].isEmpty ? .null : .string(row[1]),
                    "source": .string(row[2]), "from": row[3].isEmpty ? .null : .string(row[3]),
                ]
            }
            try output.write(document: .array(entries))
        } else {
            let headings = ["setting", "value", "source"] + (output.isLaidOut ? ["for"] : ["from"])
            let cells = rows.map { row -> [String] in
                guard output.isLaidOut else { return Array(row[..<4]) }
                // The path of the file would leave no room for what a setting is.
                let source = ["environment", "profile"].contains(row[2]) ? "\(row[2]) \(row[3])" : row[2]
                return [row[0], row[1], source, row[4]]
            }
            try output.write(table: Document.Table(headings: headings, rows: cells))
        }
        try output.finish()
        return .success
    }

    /// Returns the kind of place that a value comes from, and its name.
    private static func source(of origin: SettingOrigin?) -> [String] {
        switch origin {
        case .variable(let name)?: ["environment", name]
        case .configuration(_, let profile?)?: ["profile", profile]
        case .configuration(let path, nil)?: ["config", path]
        default: ["built in", ""]
        }
    }
}

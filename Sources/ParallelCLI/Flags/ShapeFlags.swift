package import ParallelSystem

/// The desired shape of a run's output, with the same flags in all commands that ask a question.
package struct ShapeOptions: Sendable {
    /// The ways to choose a shape, of which at most one may be used.
    package enum Shape: Sendable {
        case schema(InputSource)
        case text(String)
        case auto
    }

    package var shape: Shape? { shapes.last?.shape }
    /// The flag that chose the shape.
    var chosenBy: String? { shapes.last?.flag }
    package var fields: [FieldFlag] = []
    /// The file with more fields, which come first.
    var fieldsFile: InputSource?

    /// The shapes chosen, one for each flag.
    private var shapes: [(flag: String, shape: Shape)] = []

    package init() {}

    /// Whether no shape was chosen, so that the API decides.
    var isEmpty: Bool { shapes.isEmpty && fields.isEmpty && fieldsFile == nil }

    mutating func choose(_ shape: Shape, by flag: String) {
        takeBack(flag)
        shapes.append((flag, shape))
    }

    /// Removes the choice made by a flag; choices of other flags stay.
    mutating func takeBack(_ flag: String) {
        shapes.removeAll { $0.flag == flag }
    }

    func check() throws(UsageError) {
        let byFields = !fields.isEmpty ? ["--field"] : fieldsFile != nil ? ["--fields-from"] : []
        let shapes = self.shapes.map(\.flag) + byFields
        if shapes.count > 1 { throw UsageError("\(shapes.joined(separator: " and ")) exclude each other") }
        if let conflict = FieldFlag.conflict(in: fields) { throw UsageError("--field: \(conflict)") }
    }
}

enum ShapeFlags {
    static let all: [Flag<ShapeOptions>] =
        [
            Flag(
                "output-schema", value: FlagSpec.Value("JSON", completion: .atFile),
                summary: "JSON Schema of the output: JSON, @FILE or -",
                details: "A bare JSON Schema, or the API's form {\"type\": \"json\", \"json_schema\": …}."
            ) { $0.choose(.schema(InputSource($1)), by: "--output-schema") }
        ] + fields + [
            Flag(
                "output-text", value: FlagSpec.Value("DESCRIPTION"), summary: "Ask for text, described like this"
            ) { $0.choose(.text($1), by: "--output-text") },
            Flag("output-auto", summary: "Let the processor choose the output's shape") { options, isOn in
                if isOn { options.choose(.auto, by: "--output-auto") } else { options.takeBack("--output-auto") }
            },
        ]

    /// The flags that make a schema of fields.
    static let fields: [Flag<ShapeOptions>] = [
        Flag(
            "field", value: FlagSpec.Value("NAME[:TYPE]=DESCRIPTION"), isRepeatable: true,
            summary: "A field of the output (repeatable)",
            details:
                "TYPE is string (the default), number, integer, boolean, choices such as seed|grown|public, or one "
                + "of these with [] behind for a list, as in string[]. 'people[].name=…' and 'people[].age:int=…' ask "
                + "for a list of objects. The fields make a schema in the order given, all of them required and no "
                + "others allowed."
        ) { options, text throws(InvalidValue) in options.fields.append(try FieldFlag(text)) },
        Flag(
            "fields-from", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
            summary: "Fields of the output from a CSV or JSON file",
            details: "CSV with the columns name, type and description under a header, where type may be missing or "
                + "empty; or JSON: an array of objects with these members, or an object of names and descriptions. "
                + "With - as FILE it is read from standard input. Fields of --field come after them."
        ) { options, text throws(InvalidValue) in
            let text = try FileNameText.parse(text)
            options.fieldsFile = InputSource(fileName: text)
        },
    ]
}

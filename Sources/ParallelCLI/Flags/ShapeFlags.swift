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
    package var fields: [FieldFlag] = []

    /// The shapes chosen, one for each flag.
    private var shapes: [(flag: String, shape: Shape)] = []

    package init() {}

    /// Whether no shape was chosen, so that the API decides.
    var isEmpty: Bool { shapes.isEmpty && fields.isEmpty }

    /// Whether the schema is read from standard input.
    var readsStandardInput: Bool { if case .schema(.standardInput) = shape { true } else { false } }

    mutating func choose(_ shape: Shape, by flag: String) {
        takeBack(flag)
        shapes.append((flag, shape))
    }

    /// Removes the choice made by a flag; choices of other flags stay.
    mutating func takeBack(_ flag: String) {
        shapes.removeAll { $0.flag == flag }
    }

    func check() throws(UsageError) {
        let shapes = self.shapes.map(\.flag) + (fields.isEmpty ? [] : ["--field"])
        if shapes.count > 1 { throw UsageError("\(shapes.joined(separator: " and ")) exclude each other") }
        for (index, field) in fields.enumerated()
        where fields[..<index].contains(where: { $0.name.isExactly(field.name) }) {
            throw UsageError("--field: '\(field.name)' is given twice")
        }
    }
}

enum ShapeFlags {
    static let all: [Flag<ShapeOptions>] = [
        Flag(
            "output-schema", value: FlagSpec.Value("JSON", completion: .atFile),
            summary: "JSON Schema of the output: JSON, @FILE or -",
            details: "A bare JSON Schema, or the API's form {\"type\": \"json\", \"json_schema\": …}."
        ) { $0.choose(.schema(InputSource($1)), by: "--output-schema") },
        Flag(
            "field", value: FlagSpec.Value("NAME[:TYPE]=DESCRIPTION"), isRepeatable: true,
            summary: "A field of the output (repeatable)",
            details: "TYPE is string (the default), number, integer, boolean or string[]. The fields make a schema in "
                + "the order given, all of them required and no others allowed."
        ) { options, text throws(InvalidValue) in options.fields.append(try FieldFlag(text)) },
        Flag(
            "output-text", value: FlagSpec.Value("DESCRIPTION"), summary: "Ask for text, described like this"
        ) { $0.choose(.text($1), by: "--output-text") },
        Flag("output-auto", summary: "Let the processor choose the output's shape") { options, isOn in
            if isOn { options.choose(.auto, by: "--output-auto") } else { options.takeBack("--output-auto") }
        },
    ]
}

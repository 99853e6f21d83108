import ParallelSystem

/// One flag of a command: data for parser, help, man page and completions, plus what it does to the options.
///
/// This folder holds the flags' definition, their parser and the groups of flags that commands share. The definition
/// here is the only one: everything that names a flag loops over these values.
package struct Flag<Options>: Sendable {
    package let spec: FlagSpec
    /// Records the value in the options; throws with a reason that doesn't repeat the flag's name.
    let apply: @Sendable (inout Options, String) throws(InvalidValue) -> Void

    /// A flag that takes a value.
    package init(
        _ name: String, short: Unicode.Scalar? = nil, value: FlagSpec.Value, isRepeatable: Bool = false,
        summary: String, details: String = "",
        apply: @escaping @Sendable (inout Options, String) throws(InvalidValue) -> Void
    ) {
        spec = FlagSpec(
            name: name, short: short, value: value, isRepeatable: isRepeatable, summary: summary, details: details)
        self.apply = apply
    }

    /// A switch; `--no-NAME` switches it off again, so that an alias can be overruled.
    ///
    /// - Parameters:
    ///   - isOnByDefault: whether `--no-NAME` is what people type.
    ///   - sendsNothing: whether the command needs no network with it.
    package init(
        _ name: String, short: Unicode.Scalar? = nil, isOnByDefault: Bool = false, sendsNothing: Bool = false,
        summary: String, details: String = "", apply: @escaping @Sendable (inout Options, Bool) -> Void
    ) {
        spec = FlagSpec(
            name: name, short: short, value: nil, isRepeatable: false, isOnByDefault: isOnByDefault,
            sendsNothing: sendsNothing, summary: summary, details: details)
        self.apply = { options, text in apply(&options, text == FlagSpec.on) }
    }

    /// The same flag for options that hold `Options` as a part.
    func embedded<Whole>(at path: any WritableKeyPath<Whole, Options> & Sendable) -> Flag<Whole> {
        Flag<Whole>(spec: spec) { whole, text throws(InvalidValue) in try apply(&whole[keyPath: path], text) }
    }

    /// The same flag for what only keeps the values that were given, in their order.
    func recorder<Whole>(at path: any WritableKeyPath<Whole, [(spec: FlagSpec, value: String)]> & Sendable) -> Flag<
        Whole
    > {
        let spec = spec
        return Flag<Whole>(spec: spec) { whole, value in whole[keyPath: path].append((spec, value)) }
    }

    private init(
        spec: FlagSpec, apply: @escaping @Sendable (inout Options, String) throws(InvalidValue) -> Void
    ) {
        self.spec = spec
        self.apply = apply
    }
}

/// What can be said of a flag without knowing the options it writes to.
package struct FlagSpec: Sendable {
    /// The value a flag takes: its placeholder, and what a shell can offer for it.
    package struct Value: Sendable {
        package let placeholder: String
        package let completion: Completion
        /// Whether it is written NAME=VALUE, as other programs take the arguments of a tool without a flag.
        package let isAssignment: Bool

        package init(_ placeholder: String, completion: Completion = .none, isAssignment: Bool = false) {
            self.placeholder = placeholder
            self.completion = completion
            self.isAssignment = isAssignment
        }
    }

    /// The long name without dashes.
    package let name: String
    package let short: Unicode.Scalar?
    /// Nil for a switch.
    package let value: Value?
    package let isRepeatable: Bool
    /// Whether a switch is on unless it is taken back.
    package var isOnByDefault = false
    /// Whether the command needs no network with it.
    package var sendsNothing = false
    /// One line without a full stop, for `-h` and the completions.
    package let summary: String
    /// Full sentences for `--help` and the man page; may be empty.
    package let details: String

    /// What the parser hands to a switch that was given plainly.
    static let on = "on"
    /// What it hands to one behind `--no-`.
    static let off = "off"

    /// How the flag is written in help: `-p, --processor NAME`.
    package var usage: String {
        let long = "--\(name)" + (value.map { " \($0.placeholder)" } ?? "")
        return short.map { "-\($0), \(long)" } ?? long
    }
}

/// What a shell can offer where a word is expected.
package enum Completion: Sendable, Equatable {
    case none
    case words([String])
    case file
    /// A file behind an `@`; text without one is the value itself.
    case atFile
    /// The names that `mcp list` knows.
    case mcpServers
    /// The commands of the program.
    case commands
}

/// A word of a command line that is no flag.
package struct Positional: Sendable {
    package enum Arity: Sendable, Equatable { case optional, required, oneOrMore, zeroOrMore }

    package let name: String
    package let arity: Arity
    package let summary: String
    package let completion: Completion

    package init(_ name: String, _ arity: Arity, completion: Completion = .none, summary: String) {
        self.name = name
        self.arity = arity
        self.summary = summary
        self.completion = completion
    }

    /// How it is written in a usage line: `[INPUT]`, `RUN_ID...`.
    package var usage: String {
        switch arity {
        case .optional: "[\(name)]"
        case .required: name
        case .oneOrMore: "\(name)..."
        case .zeroOrMore: "[\(name)...]"
        }
    }
}

/// Why a value can't be taken, without the name of the flag, which the parser adds.
package struct InvalidValue: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

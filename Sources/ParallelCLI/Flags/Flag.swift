package import ParallelSystem

/// A flag of a command: data for parser, help, man page and completions, plus its effect on the options.
///
/// This folder holds the definition of flags, their parser and the groups of flags that commands share. A flag is
/// defined only once: parser, help and completions loop over these values.
package struct Flag<Options>: Sendable {
    package let spec: FlagSpec
    /// Stores the value in the options; throws a reason that doesn't repeat the flag's name.
    let apply: @Sendable (inout Options, String) throws(InvalidValue) -> Void

    /// Declares a flag that takes a value.
    package init(
        _ name: String, short: Unicode.Scalar? = nil, value: FlagSpec.Value, isRepeatable: Bool = false,
        summary: String, details: String = "",
        apply: @escaping @Sendable (inout Options, String) throws(InvalidValue) -> Void
    ) {
        spec = FlagSpec(
            name: name, short: short, value: value, isRepeatable: isRepeatable, summary: summary, details: details)
        self.apply = apply
    }

    /// Declares a switch. `--no-NAME` switches it off again, so that an alias can be overridden.
    ///
    /// - Parameters:
    ///   - isOnByDefault: whether the switch is on by default, so that people type `--no-NAME`.
    ///   - sendsNothing: whether the command sends nothing with this switch.
    package init(
        _ name: String, short: Unicode.Scalar? = nil, isOnByDefault: Bool = false, sendsNothing: Bool = false,
        summary: String, details: String = "", apply: @escaping @Sendable (inout Options, Bool) -> Void
    ) {
        spec = FlagSpec(
            name: name, short: short, value: nil, isRepeatable: false, isOnByDefault: isOnByDefault,
            sendsNothing: sendsNothing, summary: summary, details: details)
        self.apply = { options, text in apply(&options, text == FlagSpec.on) }
    }

    /// Returns the same flag for options that contain `Options`.
    func embedded<Whole>(at path: any WritableKeyPath<Whole, Options> & Sendable) -> Flag<Whole> {
        Flag<Whole>(spec: spec) { whole, text throws(InvalidValue) in try apply(&whole[keyPath: path], text) }
    }

    /// Returns the same flag, also understood under an older name that help and completions don't show.
    func formerly(_ name: String) -> Flag {
        var spec = spec
        spec.olderNames.append(name)
        return Flag(spec: spec, apply: apply)
    }

    /// Returns the same flag in other words.
    func worded(_ summary: String? = nil, details: String) -> Flag {
        var spec = spec
        spec.summary = summary ?? spec.summary
        spec.details = details
        return Flag(spec: spec, apply: apply)
    }

    /// Returns the same flag as a setting: its default can be configured under its name.
    ///
    /// - Parameter others: the flags that leave the setting without a meaning where they are given.
    func asSetting(unless others: [String] = []) -> Flag {
        var spec = spec
        spec.settingRivals = [spec.name] + others
        return Flag(spec: spec, apply: apply)
    }

    private init(
        spec: FlagSpec, apply: @escaping @Sendable (inout Options, String) throws(InvalidValue) -> Void
    ) {
        self.spec = spec
        self.apply = apply
    }
}

/// The description of a flag, without its effect on options.
package struct FlagSpec: Sendable {
    /// The value that a flag takes: its placeholder, and what shells complete it with.
    package struct Value: Sendable {
        package let placeholder: String
        package let completion: Completion
        /// Whether it is written NAME=VALUE, the form in which other programs take a tool's arguments without a flag.
        package let isAssignment: Bool
        /// Whether `-` as the value means standard input.
        let takesStandardInput: Bool

        package init(
            _ placeholder: String, completion: Completion = .none, isAssignment: Bool = false,
            takesStandardInput: Bool = false
        ) {
            self.placeholder = placeholder
            self.completion = completion
            self.isAssignment = isAssignment
            self.takesStandardInput = takesStandardInput || completion == .atFile
        }
    }

    /// The long name, without dashes.
    package let name: String
    /// Earlier names that go on working.
    package var olderNames: [String] = []
    package let short: Unicode.Scalar?
    /// The value that the flag takes; nil for a switch.
    package let value: Value?
    package let isRepeatable: Bool
    /// Whether a switch is on by default.
    package var isOnByDefault = false
    /// Whether the command sends nothing with this switch.
    package var sendsNothing = false
    /// The flags that count before a setting of this name, itself among them; nil if it is no setting.
    var settingRivals: [String]?
    /// One line without a full stop, for `-h` and completions.
    package fileprivate(set) var summary: String
    /// Full sentences for `--help` and the man page; may be empty.
    package fileprivate(set) var details: String

    /// The value that the parser passes for `--NAME` of a switch.
    static let on = "on"
    /// The value that the parser passes for `--no-NAME`.
    static let off = "off"

    /// The flag as help shows it: `-p, --processor NAME`.
    package var usage: String {
        let long = "--\(name)" + (value.map { " \($0.placeholder)" } ?? "")
        return short.map { "-\($0), \(long)" } ?? long
    }
}

/// What shells complete a word with.
package enum Completion: Sendable, Equatable {
    case none
    case words([String])
    case file
    /// A file name after `@`; other text is the value itself.
    case atFile
    /// The names that `mcp list` prints.
    case mcpServers
    /// The names of logins and of profiles with settings.
    case profiles
    /// The values of the setting that the argument before names.
    case settingValues
    /// The commands of the program.
    case commands
    /// The ids that 'task list --kind' has, for which @last and @2 stand; or the name of a file.
    case ids(of: String, orFile: Bool = false)

    /// The name by which scripts ask the program for the values; nil where the scripts know them.
    var dynamicKind: String? {
        switch self {
        case .mcpServers: "servers"
        case .profiles: "profiles"
        case .settingValues: "settings"
        case .ids(let kind, _): kind
        case .none, .words, .file, .atFile, .commands: nil
        }
    }
}

/// A positional argument.
package struct Positional: Sendable {
    package enum Arity: Sendable, Equatable { case optional, required, oneOrMore, zeroOrMore }

    package let name: String
    package let arity: Arity
    package let summary: String
    package let completion: Completion
    let standardInput: StandardInputUse

    package init(
        _ name: String, _ arity: Arity, completion: Completion = .none, standardInput: StandardInputUse = .never,
        summary: String
    ) {
        self.name = name
        self.arity = arity
        self.summary = summary
        self.completion = completion
        self.standardInput = completion == .atFile ? .asDash : standardInput
    }

    /// When a command reads standard input in place of an argument.
    package enum StandardInputUse: Sendable { case never, asDash, asDashOrIfAbsent }

    /// The argument as a usage line shows it: `[INPUT]`, `RUN_ID...`.
    package var usage: String {
        switch arity {
        case .optional: "[\(name)]"
        case .required: name
        case .oneOrMore: "\(name)..."
        case .zeroOrMore: "[\(name)...]"
        }
    }
}

/// The error for an invalid value. The parser adds the flag's name.
package struct InvalidValue: Error, Sendable {
    package let reason: String
    /// Advice, if there is any.
    package let hint: Hint?

    package init(_ reason: String, hint: Hint? = nil) {
        self.reason = reason
        self.hint = hint
    }
}

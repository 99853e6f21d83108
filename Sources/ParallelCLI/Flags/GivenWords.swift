import ParallelSystem

/// The words of a command line by what they mean, so that a command without some of the flags can be printed, in
/// whatever form those were written.
struct GivenWords {
    private var flags: [(spec: FlagSpec, value: String)] = []
    private var positionals: [String] = []

    /// - Parameter words: those behind the command's name, which the command has understood.
    init<Options>(_ words: [String], of flags: [Flag<Options>]) throws(UsageError) {
        let parser = FlagParser(flags: flags.map { $0.recorder(at: \GivenWords.flags) })
        if case .parsed(let positionals) = try parser.parse(words, into: &self) { self.positionals = positionals }
    }

    /// The words that mean the same but for the flags of these names, whether those were switched on or off.
    func words(without names: Set<String>) -> [String] {
        let kept = flags.filter { !names.contains($0.spec.name) }.flatMap { $0.spec.words($0.value) }
        if positionals.contains(where: { $0.begins(with: "-") && $0 != "-" }) { return kept + ["--"] + positionals }
        return positionals + kept
    }

    /// The names of files that only this process has open, such as /dev/fd/63 of bash's `<(command)`.
    var filesOfThisProcess: [String] { files.filter(FileTarget.isOfThisProcess) }

    /// Whether something is read from standard input by the name `-`.
    var readStandardInput: Bool { files.contains("-") }

    /// What the words name files by; those of `@FILE` without the `@`, and standard input as `-`.
    private var files: [String] {
        positionals
            + flags.compactMap { spec, value in
                switch (spec.value?.completion, InputSource(value)) {
                // As an output, - means something else.
                case (.file?, .standardInput): spec.name == "output" ? nil : value
                case (.file?, _): value
                case (.atFile?, .file(let path)): path
                case (.atFile?, .standardInput): value
                default: nil
                }
            }
    }
}

extension FlagSpec {
    /// The words that give the flag this value, as the parser hands it over.
    fileprivate func words(_ value: String) -> [String] {
        if self.value != nil { return Self.words(name, short: short, value) }
        return value == Self.off ? ["--no-\(name)"] : [spellings.last ?? "--\(name)"]
    }

    /// The words that give a flag a value. One that begins like a flag would be taken for it as a word of its own.
    static func words(_ name: String, short: Unicode.Scalar? = nil, _ value: String) -> [String] {
        if value.begins(with: "-"), value != "-" { return ["--\(name)=\(value)"] }
        return [short.map { "-\($0)" } ?? "--\(name)", value]
    }
}

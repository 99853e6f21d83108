import ParallelSystem

/// The parsed words of a command line, for printing the command without some of its flags, however those were written.
struct GivenWords {
    private var flags: [(spec: FlagSpec, value: String)] = []
    private var positionals: [String] = []

    /// - Parameter words: the words after the command's name, which have been parsed successfully before.
    init(_ words: [String], of flags: [FlagSpec]) throws(UsageError) {
        var given: [(spec: FlagSpec, value: String)] = []
        if case .parsed(let words) = try FlagParser(flags: flags).parse(words, { given.append((flags[$0], $1)) }) {
            positionals = words
        }
        self.flags = given
    }

    /// Returns words of the same meaning without the flags of these names, also in their `--no-` form.
    func words(without names: Set<String>) -> [String] {
        let kept = flags.filter { !names.contains($0.spec.name) }.flatMap { $0.spec.words($0.value) }
        if positionals.contains(where: { $0.begins(with: "-") && $0 != "-" }) { return kept + ["--"] + positionals }
        return positionals + kept
    }

    /// Returns the value of a flag that counts, the last one; nil if it was not given.
    func value(of name: String) -> String? { flags.last { $0.spec.name == name }?.value }

    /// The words of the flags alone.
    var flagWords: [String] { flags.flatMap { $0.spec.words($0.value) } }

    /// Returns what reads standard input, by the names that help gives to flags and to these positionals. Of a flag
    /// that is given several times, the last value counts.
    func standardInputReaders(_ positionals: [Positional]) -> [String] {
        var readers: [String] = []
        for (index, positional) in positionals.enumerated() {
            let isLast = index == positionals.count - 1
            let given = isLast ? self.positionals.dropFirst(index) : self.positionals.dropFirst(index).prefix(1)
            switch positional.standardInput {
            case .never: continue
            case .asDash where !given.contains("-"): continue
            case .asDashOrIfAbsent where !given.isEmpty && !given.contains("-"): continue
            case .asDash, .asDashOrIfAbsent: readers.append(positional.name)
            }
        }
        for (index, flag) in flags.enumerated()
        where flag.spec.value?.takesStandardInput == true && flag.value == "-"
            && !flags[(index + 1)...].contains(where: { $0.spec.name == flag.spec.name })
        {
            readers.append("--\(flag.spec.name)")
        }
        return readers
    }

    /// The names of files that only this process has open, such as /dev/fd/63 for bash's `<(command)`.
    var filesOfThisProcess: [String] { files.filter(FileTarget.isOfThisProcess) }

    /// Whether `-` was given for something to read from standard input.
    var readStandardInput: Bool { files.contains("-") }

    /// The file names among the words, those of `@FILE` without the `@`, and `-` for standard input.
    private var files: [String] {
        positionals
            + flags.compactMap { spec, value in
                switch (spec.value?.completion, InputSource(value)) {
                // For --output, - means standard output.
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
    /// Returns the words that give the flag this value, in the parser's form.
    fileprivate func words(_ value: String) -> [String] {
        if self.value != nil { return Self.words(name, short: short, value) }
        return value == Self.off ? ["--no-\(name)"] : [spellings.last ?? "--\(name)"]
    }

    /// Returns the words that give a flag a value. A value that begins with `-` is attached, because as a separate word
    /// it could be taken for a flag.
    static func words(_ name: String, short: Unicode.Scalar? = nil, _ value: String) -> [String] {
        if value.begins(with: "-"), value != "-" { return ["--\(name)=\(value)"] }
        return [short.map { "-\($0)" } ?? "--\(name)", value]
    }
}

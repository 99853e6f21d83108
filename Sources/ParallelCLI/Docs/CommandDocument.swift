extension Command {
    /// Returns the usage line: `parallel task run [INPUT] [FLAG]...`.
    func usage(as program: String) -> String {
        ([program] + path + positionals.map(\.usage) + ["[FLAG]..."]).joined(separator: " ")
    }

    /// The command's own flags, without those that it shares.
    var ownFlags: [FlagSpec] { flags.filter { !CommonFlags.contains($0) } }

    /// The flags that it shares with other commands, and the built-in ones.
    var commonFlags: [FlagSpec] { flags.filter(CommonFlags.contains) + BuiltInFlags.all }

    static let commonFlagsHeading = "Common flags"

    /// The sections on arguments and flags.
    var sections: [DocumentSection] {
        var sections: [DocumentSection] = []
        func add(_ heading: String, _ entries: [DocumentSection.Entry]) {
            if !entries.isEmpty { sections.append(DocumentSection(heading: heading, blocks: [.entries(entries)])) }
        }
        add("Arguments", positionals.map(DocumentSection.Entry.init))
        add("Flags", ownFlags.map(DocumentSection.Entry.init))
        add(Self.commonFlagsHeading, commonFlags.map(DocumentSection.Entry.init))
        return sections
    }
}

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

    /// The sections on arguments and flags, and how many flags they leave out.
    ///
    /// - Parameter isBrief: whether only the flags used most are wanted, of its own if it has many, and of the shared.
    func sections(isBrief: Bool = false) -> (sections: [DocumentSection], omitted: Int) {
        var sections: [DocumentSection] = []
        var (own, common) = (ownFlags, commonFlags)
        let count = own.count + common.count
        if isBrief {
            if own.count > 20 { own.removeAll { !CommonFlags.isUsedMost($0) } }
            common.removeAll { !CommonFlags.isUsedMost($0) }
        }
        func add(_ heading: String, _ entries: [DocumentSection.Entry]) {
            if !entries.isEmpty { sections.append(DocumentSection(heading: heading, blocks: [.entries(entries)])) }
        }
        add("Arguments", positionals.map(DocumentSection.Entry.init))
        add("Flags", own.map(DocumentSection.Entry.init))
        add(Self.commonFlagsHeading, common.map(DocumentSection.Entry.init))
        return (sections, count - own.count - common.count)
    }
}

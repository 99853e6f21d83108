import ParallelSystem

/// A skill in an agent's folder, which this program changes or removes only if it is as this program has written it.
///
/// The last line of the file is its stamp: version, checksum of the lines above, and how many folders were made for it.
struct SkillFile {
    /// The folder of the agent's skills.
    let folder: String
    /// How people know it, for messages.
    let shownFolder: String

    var path: String { "\(folder)/\(SkillText.name)/SKILL.md" }
    var shownPath: String { "\(shownFolder)/\(SkillText.name)/SKILL.md" }

    enum State: Equatable {
        case missing
        /// As this program has written it, with the number of folders that were made for it.
        case own(text: String, folders: Int)
        case foreign(why: String)
    }

    func state() throws(FileError) -> State {
        guard UserFile.exists(path) else { return .missing }
        if UserFile.isLink(path) { return .foreign(why: "is a link") }
        let bytes = try UserFile.readRegular(path, upTo: 1 << 20)
        let text = String(decoding: bytes, as: UTF8.self)
        guard let start = text.range(ofStamp: Self.stampStart) else {
            return .foreign(why: "was not written by 'skill install'")
        }
        let words = text[start...].split { $0 == " " || $0 == "\n" }
        let above = String(text[..<start])
        guard words.count > 6, words[4].isExactly(Self.checksum(of: above)), let folders = Int(words[6]),
            text[start...].lines.count == 2
        else { return .foreign(why: "was changed since it was written") }
        return .own(text: above, folders: folders)
    }

    private static let stampStart = "<!-- parallel "

    /// Returns the text with its stamp.
    static func stamped(_ text: String, folders: Int) -> String {
        text + stampStart + "\(Version.number) checksum \(checksum(of: text)) folders \(folders) -->\n"
    }

    private static func checksum(of text: String) -> String { String(SHA256.digits(of: Array(text.utf8)).prefix(16)) }

    /// Writes the skill, and makes the folders that it needs. Returns false if it is there already.
    func install(_ text: String) throws(FileError) -> Bool {
        var folders = 0
        switch try state() {
        case .own(let written, let made):
            if written.isExactly(text) { return false }
            folders = made
        case .missing, .foreign:
            var folder = Directory.containing(path)
            while !UserFile.exists(folder), folder != "/", folder != "." {
                folders += 1
                folder = Directory.containing(folder)
            }
        }
        do throws(FileError) {
            try Directory.create(Directory.containing(path), mode: 0o777)
            var file = try AtomicFile(path: path)
            try file.write(Array(Self.stamped(text, folders: folders).utf8))
            try file.commit(replacing: true)
        } catch {
            removeFolders(folders)
            throw error
        }
        return true
    }

    /// Removes the skill, and those of the folders made for it that have nothing else in them.
    func uninstall(folders: Int) throws(FileError) {
        try UserFile.delete(path)
        removeFolders(folders)
    }

    private func removeFolders(_ count: Int) {
        var folder = path
        for _ in 0..<max(0, min(count, 8)) {
            folder = Directory.containing(folder)
            Directory.removeEmpty(folder)
        }
    }
}

extension String {
    /// Returns where the last line begins, if it begins with `start`.
    fileprivate func range(ofStamp start: String) -> Index? {
        let lines = self.lines
        guard lines.count > 1, lines[lines.count - 1].isEmpty, lines[lines.count - 2].begins(with: start) else {
            return nil
        }
        return lines[lines.count - 2].startIndex
    }
}

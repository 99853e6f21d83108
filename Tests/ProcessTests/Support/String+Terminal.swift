extension String {
    /// The text of what a program wrote to a terminal: without our own colours and the erasing of lines.
    ///
    /// Any other escape sequence stays, to be found by a test.
    var withoutStyling: String {
        replacing(/\u{1B}\[[0-9;]*[mKG]/, with: "").replacing("\u{1B}[?2004h", with: "")
            .replacing("\u{1B}[?2004l", with: "")
    }

    /// Its lines, without styling.
    var plainLines: [String] {
        withoutStyling.split { $0 == "\n" || $0 == "\r\n" }.map {
            $0.split(separator: "\r").last.map(String.init) ?? ""
        }
    }
}

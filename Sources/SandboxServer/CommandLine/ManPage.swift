/// The manual page of the sandbox, written with the macros of man(7), from the texts of its help.
enum ManPage {
    static func text(as program: String) -> String {
        var lines = [
            // The macros' own switch for hyphenation, which they turn on again in each paragraph.
            ".nr HY 0",
            #".TH "\#(escaped(program.uppercased()))" 1 "" "\#(escaped(program)) \#(SandboxVersion.number)""#,
            // No justification either, so that names of options and lines to copy stay whole.
            ".nh", ".ad l",
        ]
        for block in HelpOutline(HelpText.usage).blocks + HelpOutline(HelpText.scenarios).blocks {
            switch block {
            case .heading("Usage:"): lines.append(".SH SYNOPSIS")
            case .heading(let heading): lines.append(#".SH "\#(escaped(heading.dropLast().uppercased()))""#)
            case .paragraph(let text) where text.hasPrefix("parallel-sandbox: "):
                let purpose = text.dropFirst("parallel-sandbox: ".count)
                lines += [".SH NAME", #"\#(escaped(program)) \- \#(escaped(String(purpose)))"#]
            case .paragraph(let text) where text.hasPrefix("Scenarios: "):
                lines += [".SH SCENARIOS", line(String(text.dropFirst("Scenarios: ".count)))]
            case .paragraph(let text): lines += [".PP", line(text)]
            case .entry(let term, let text): lines += [".TP", #".B "\#(escaped(term))""#, line(text)]
            case .lines(let copied):
                lines += [".PP", ".EX"] + copied.map(line) + [".EE"]
                if lines.contains(".SH DESCRIPTION") == false { lines.append(".SH DESCRIPTION") }
            }
        }
        lines += [".SH SEE ALSO", "\(line(program.replacing("-sandbox", with: "")))(1)"]
        return lines.joined(separator: "\n").replacing("parallel\\-sandbox", with: escaped(program)) + "\n"
    }

    /// Returns text as a line of its own, so that it is not taken for a request.
    private static func line(_ text: String) -> String {
        text.isEmpty || text.hasPrefix(".") || text.hasPrefix("'") ? #"\&"# + escaped(text) : escaped(text)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing(#"\"#, with: #"\e"#).replacing("-", with: #"\-"#).replacing("\"", with: #"\(dq"#)
            .replacing("'", with: #"\(aq"#)
    }
}

/// What a view has to say, before anything is decided about how it looks.
///
/// Views return documents; a renderer turns one into text for a terminal, into Markdown or into an HTML page. All text
/// in a document is data: it may come from the network, and each renderer makes it safe for the place that it writes
/// for.
package struct Document: Sendable, Equatable {
    package var blocks: [Block]

    package init(_ blocks: [Block] = []) { self.blocks = blocks }

    /// A part of a document that stands on lines of its own.
    package indirect enum Block: Sendable, Equatable {
        /// Level 1 is the title; levels above 6 count as 6.
        case heading(Int, [Inline])
        case paragraph([Inline])
        case list(List)
        case table(Table)
        case fields([Field])
        /// Text whose line breaks and spaces matter; `language` is empty where it is not known.
        case code(String, language: String)
        case quote([Block])
        case rule
        case sources([Source])
        case toolCalls(ToolCalls)
        /// Markdown as somebody else wrote it: parsed where it is rendered, kept as it is where Markdown is written.
        case markdown(String)
    }

    /// A part of a line.
    package indirect enum Inline: Sendable, Equatable {
        case text(String)
        case emphasis([Inline])
        case strong([Inline])
        case strikethrough([Inline])
        case code(String)
        /// Becomes a link only where `WebAddress` finds that `url` can be followed safely.
        case link([Inline], url: String)
        /// The label of a citation in a text: `1` for `[1]`, `^1` for `[^1]`.
        case citation(String)
        case mark(Mark)
        /// A point in time: its text as it came, and the seconds since 1970 that it means, if it means any.
        case time(String, seconds: Int?)
        /// What is said about the text in front of it, such as its confidence and the numbers of its sources.
        case note([Inline])
        case lineBreak
    }

    /// A word with a sign in front of it, so that it is told apart without colour, too.
    package enum Mark: Sendable, Equatable {
        /// A status of the API, such as `completed`, or how a step went: `ok`, `failed` or `-`.
        case status(String)
        /// The API's confidence in an answer: `low`, `medium` or `high`.
        case confidence(String)
        /// The kind of an event in a stream of events, such as `state` or `tool_call`.
        case eventKind(String)
    }

    package struct List: Sendable, Equatable {
        /// Nil for bullets.
        package var start: Int?
        /// Whether items are set apart by empty lines.
        package var isLoose: Bool
        package var items: [[Block]]

        package init(start: Int? = nil, isLoose: Bool = false, items: [[Block]]) {
            (self.start, self.isLoose, self.items) = (start, isLoose, items)
        }
    }

    package struct Table: Sendable, Equatable {
        package var columns: [Column]
        /// A row may have fewer cells than there are columns, but not more.
        package var rows: [[[Inline]]]

        package init(columns: [Column], rows: [[[Inline]]] = []) { (self.columns, self.rows) = (columns, rows) }
    }

    package struct Column: Sendable, Equatable {
        /// What the cells of a column hold. Only `text` is ever broken into lines.
        package enum Kind: Sendable {
            case text, identifier, url, number, time, status, confidence
        }

        package enum Alignment: Sendable {
            case leading, center, trailing
        }

        package var heading: [Inline]
        package var kind: Kind
        package var alignment: Alignment

        /// Numbers are aligned at their ends unless `alignment` says otherwise.
        package init(_ heading: [Inline], _ kind: Kind = .text, alignment: Alignment? = nil) {
            self.heading = heading
            self.kind = kind
            self.alignment = alignment ?? (kind == .number ? .trailing : .leading)
        }

        package init(_ heading: String, _ kind: Kind = .text, alignment: Alignment? = nil) {
            self.init(heading.isEmpty ? [] : [.text(heading)], kind, alignment: alignment)
        }
    }

    /// A name with its value. Several make a list of names and values, nested where a value holds fields again.
    package struct Field: Sendable, Equatable {
        package var name: [Inline]
        package var value: [Block]
        /// What is said about the value: see `Inline.note`.
        package var note: [Inline]

        package init(_ name: [Inline], _ value: [Block], note: [Inline] = []) {
            (self.name, self.value, self.note) = (name, value, note)
        }

        package init(_ name: String, _ value: [Block], note: [Inline] = []) {
            self.init(name.isEmpty ? Document.nothing : [.text(name)], value, note: note)
        }
    }

    /// A numbered place that something was learned from.
    package struct Source: Sendable, Equatable {
        package var number: Int
        package var title: String?
        package var url: String
        package var excerpts: [String]

        package init(number: Int, title: String? = nil, url: String, excerpts: [String] = []) {
            (self.number, self.title, self.url, self.excerpts) = (number, title, url, excerpts)
        }
    }

    /// The tool calls that led to an answer, in their order.
    package struct ToolCalls: Sendable, Equatable {
        package struct Call: Sendable, Equatable {
            package var server: String
            package var tool: String
            /// JSON, as the API has it.
            package var arguments: String
            package var answer: String
            package var isError: Bool

            package init(server: String, tool: String, arguments: String, answer: String, isError: Bool) {
                (self.server, self.tool, self.arguments) = (server, tool, arguments)
                (self.answer, self.isError) = (answer, isError)
            }
        }

        package var calls: [Call]
        /// How many lines of one list of arguments or of one answer a terminal shows; nil for all.
        package var lineLimit: Int?
        /// What a terminal says where lines are left out.
        package var whereAllIs: String

        package init(_ calls: [Call], lineLimit: Int? = nil, whereAllIs: String = "") {
            (self.calls, self.lineLimit, self.whereAllIs) = (calls, lineLimit, whereAllIs)
        }

        /// What stands above them.
        var title: String { "MCP tool calls (\(calls.count))" }
    }
}

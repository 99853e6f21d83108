/// A line of help for a person: text, and commands to type.
///
/// Known secrets are masked in the text alone. A command is shown as it is: a mask in it could take away a quotation
/// mark, and what followed would be run by the shell; or it would no longer do what it was printed for. What comes from
/// the network, such as the id of a run, has to be masked before it becomes a word of a command.
package struct Hint: Sendable, Equatable, ExpressibleByStringInterpolation, CustomStringConvertible {
    fileprivate enum Part: Sendable, Equatable {
        case text(String)
        case command(String)
    }

    private var parts: [Part]

    /// A line that holds no command.
    package init(_ text: String) { parts = [.text(text)] }

    package init(stringLiteral text: String) { self.init(text) }

    package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ text: String) { parts.append(.text(text)) }

        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            parts.append(.text(value.description))
        }

        package mutating func appendInterpolation(_ hint: Hint) { parts += hint.parts }

        /// Appends a command whose words are quoted for a shell.
        package mutating func appendInterpolation(command: String) { parts.append(.command(command)) }
    }

    package static func + (one: Hint, other: Hint) -> Hint { "\(one)\(other)" }

    /// The line as it is, with what may be secret.
    package var description: String { shown { $0 } }

    /// The line with `mask` done to its text.
    package func shown(_ mask: (String) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): mask(text)
            case .command(let command): command
            }
        }.joined()
    }
}

/// A line of advice for a person: text, and commands to type.
///
/// Known secrets are masked in the text only. A command is shown unmasked: a mask could remove a quotation mark, so
/// that the shell runs what follows, or make the command do something else. Words that come from the network, such as a
/// run id, must be masked before they go into a command.
package struct Hint: Sendable, Equatable, ExpressibleByStringInterpolation, CustomStringConvertible {
    fileprivate enum Part: Sendable, Equatable {
        case text(String)
        case command(String)
    }

    private var parts: [Part]

    /// Makes a line without a command.
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

    package var hasCommand: Bool { parts.contains { if case .command = $0 { true } else { false } } }

    /// The line unmasked; it may hold secrets.
    package var description: String { shown { $0 } }

    /// Returns the line with `mask` applied to its text, not to its commands.
    package func shown(_ mask: (String) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): mask(text)
            case .command(let command): command
            }
        }.joined()
    }
}

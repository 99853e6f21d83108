import ParallelSystem

/// A text style on a terminal, as a pair of SGR parameters (ECMA-48 §8.3.117).
///
/// Each style is switched off by its own code, so styles can be nested.
package struct Style: Sendable, Equatable {
    private let on: Int
    private let off: Int

    package static let bold = Style(on: 1, off: 22)
    /// Switched off by the same code as bold, so the two can't be nested.
    package static let dim = Style(on: 2, off: 22)
    package static let underline = Style(on: 4, off: 24)
    package static let red = Style(on: 31, off: 39)
    package static let cyan = Style(on: 36, off: 39)

    /// Returns `text` in this style if `enabled`, else unchanged. Styles every line separately, as pagers expect.
    package func apply(_ text: String, enabled: Bool) -> String {
        guard enabled, !text.isEmpty else { return text }
        return text.parts(between: "\n")
            .map { $0.isEmpty ? "" : "\u{1B}[\(on)m\($0)\u{1B}[\(off)m" }
            .joined(separator: "\n")
    }
}

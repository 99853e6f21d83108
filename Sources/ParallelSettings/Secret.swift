/// A value that must not be shown: printing, interpolating or dumping it gives `***`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) { self.value = value }

    /// Returns the value itself, for the code that sends it.
    package func reveal() -> String { value }

    package var description: String { SecretMask.hidden }
    package var debugDescription: String { SecretMask.hidden }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

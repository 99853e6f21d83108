/// A place that may hold the API key.
package struct KeySource: Sendable {
    /// What is in it.
    package enum Content: Sendable {
        case nothing
        /// A text that holds the key, perhaps with a line end.
        case key(String)
        /// A key that goes to another address than the one that requests go to.
        case keyOf(address: String)
    }

    package let origin: SettingOrigin
    /// Looks into it; throws where it can't be used.
    package let look: @Sendable () throws -> Content

    package init(_ origin: SettingOrigin, look: @escaping @Sendable () throws -> Content) {
        self.origin = origin
        self.look = look
    }
}

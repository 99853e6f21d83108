import ParallelSystem

/// The API's id of a run (`trun_…`) or of a group (`tgrp_…`).
package struct RunOrGroupID: Sendable, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var isGroup: Bool { text.begins(with: Self.groupPrefix) }

    private static let groupPrefix = "tgrp_"
    private static let runPrefix = "trun_"

    /// Returns the ids that occur as words in `bytes`, in order.
    ///
    /// - Parameter isCut: whether the text broke off; then a word at its end may be incomplete and is left out.
    package static func all(in bytes: [UInt8], isCut: Bool = false) -> [RunOrGroupID] {
        let words = bytes.split { !($0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")) }
        return words.compactMap { word in
            if isCut, word.endIndex == bytes.endIndex { return nil }
            let isID = [groupPrefix, runPrefix].contains { word.starts(with: $0.utf8) && word.count > $0.utf8.count }
            return isID ? RunOrGroupID(String(decoding: word, as: UTF8.self)) : nil
        }
    }
}

import ParallelSystem

/// The API's id of something that it works on, such as `trun_…`.
package struct WorkID: Sendable, Equatable {
    /// What such an id belongs to.
    package enum Kind: String, Sendable, CaseIterable {
        case run = "trun_"
        case group = "tgrp_"
        case findAll = "findall_"
        case monitor = "monitor_"

        /// The member of an answer that has the id of what was created.
        package var member: String {
            switch self {
            case .run: "run_id"
            case .group: "taskgroup_id"
            case .findAll: "findall_id"
            case .monitor: "monitor_id"
            }
        }

        /// What people call it.
        package var name: String {
            switch self {
            case .run: "run"
            case .group: "group"
            case .findAll: "FindAll run"
            case .monitor: "monitor"
            }
        }
    }

    package let text: String

    package init(_ text: String) { self.text = text }

    /// What the id belongs to, by its prefix; nil for another one.
    package var kind: Kind? { Kind.allCases.first { text.begins(with: $0.rawValue) } }

    package var isGroup: Bool { kind == .group }

    /// Returns the ids that occur as words in `bytes`, in order.
    ///
    /// - Parameter isCut: whether the text broke off; then a word at its end may be incomplete and is left out.
    package static func all(in bytes: [UInt8], isCut: Bool = false) -> [WorkID] {
        let words = bytes.split { !($0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")) }
        return words.compactMap { word in
            if isCut, word.endIndex == bytes.endIndex { return nil }
            let isID = Kind.allCases.contains { kind in
                word.starts(with: kind.rawValue.utf8) && word.count > kind.rawValue.utf8.count
            }
            return isID ? WorkID(String(decoding: word, as: UTF8.self)) : nil
        }
    }
}

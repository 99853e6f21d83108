/// Where a value on the command line comes from: the word itself, `-` for standard input, `@FILE` for a file.
package enum InputSource: Sendable, Equatable {
    case literal(String)
    case standardInput
    case file(String)

    /// Reads the word; a literal that begins with `@` can be given through standard input.
    package init(_ word: String) {
        if word == "-" {
            self = .standardInput
        } else if word.begins(with: "@"), word.utf8.count > 1 {
            self = .file(String(word.dropping(bytes: 1)))
        } else {
            self = .literal(word)
        }
    }

    /// Why a source can't be used as text.
    package struct NotText: Error, Sendable {
        /// `standard input` or the file's path.
        package let source: String
        /// Offset in bytes of the first byte that is not UTF-8.
        package let offset: Int
    }

    /// How messages name the source.
    package var name: String {
        switch self {
        case .literal: "the argument"
        case .standardInput: "standard input"
        case .file(let path): path
        }
    }

    /// What the source holds, to the byte. Throws `FileError`, and what `standardInput` throws.
    package func bytes(standardInput: () throws -> [UInt8]) throws -> [UInt8] {
        switch self {
        case .literal(let text): Array(text.utf8)
        case .standardInput: try standardInput()
        case .file(let path): try UserFile.read(path)
        }
    }

    /// The text, which must be UTF-8; a byte order mark in front is dropped. Throws `NotText`, and what `bytes` throws.
    package func text(standardInput: () throws -> [UInt8]) throws -> String {
        var bytes = try bytes(standardInput: standardInput)
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        if hasMark { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            var decoder = UTF8()
            var iterator = bytes.makeIterator()
            var offset = hasMark ? 3 : 0
            while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
            throw NotText(source: name, offset: offset)
        }
        return text
    }
}

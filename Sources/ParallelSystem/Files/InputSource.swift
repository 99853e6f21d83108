/// The source of a value given on the command line: the word itself, `-` for standard input, `@FILE` for a file.
package enum InputSource: Sendable, Equatable {
    case literal(String)
    case standardInput
    case file(String)

    /// Parses a word. A literal that begins with `@` can only be given through standard input.
    package init(_ word: String) {
        if word == "-" {
            self = .standardInput
        } else if word.begins(with: "@"), word.utf8.count > 1 {
            self = .file(String(word.dropping(bytes: 1)))
        } else {
            self = .literal(word)
        }
    }

    /// Parses the name of a file, where `-` is standard input.
    package init(fileName: String) { self = fileName == "-" ? .standardInput : .file(fileName) }

    /// The error for a source that is not UTF-8 text.
    package struct NotText: Error, Sendable {
        /// `standard input` or the file's path.
        package let source: String
        /// Offset in bytes of the first byte that is not UTF-8.
        package let offset: Int
    }

    /// The name of the source in messages.
    package var name: String {
        switch self {
        case .literal: "the argument"
        case .standardInput: "standard input"
        case .file(let path): path
        }
    }

    /// Returns the source's exact bytes. Throws `FileError`, and what `standardInput` throws.
    package func bytes(standardInput: () throws -> [UInt8]) throws -> [UInt8] {
        switch self {
        case .literal(let text): Array(text.utf8)
        case .standardInput: try standardInput()
        case .file(let path): try UserFile.read(path)
        }
    }

    /// Returns the source's text, which must be UTF-8, without a leading byte order mark. Throws `NotText`, and what
    /// `bytes` throws.
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

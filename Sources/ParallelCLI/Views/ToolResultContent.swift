import ParallelJSON
import ParallelSystem

/// The content blocks of a `tools/call` result as they are shown.
struct ToolResultContent {
    enum Part {
        case text(String)
        /// A resource without content, shown as its URI.
        case emptyResource(uri: String)
        /// A value of an unknown kind, shown as JSON.
        case json(JSONValue)
        /// A block whose data is missing or not Base64, shown as JSON too: what the tool did may not be done again.
        case undecoded(JSONValue)
        case binary(Binary)
    }

    /// An image, a recording or a file, which is never written to a terminal.
    struct Binary {
        /// `image`, `audio` or `resource`.
        let kind: String
        /// The MIME type that the server names.
        let type: String?
        let bytes: [UInt8]

        /// `image (image/png, 12 kB)`.
        var description: String {
            let type = type.map { String($0.unicodeScalars.prefix(60)) + ", " } ?? ""
            return "\(kind) (\(type)\(Self.size(bytes.count)))"
        }

        /// The extension of a file with such data; nil for an unusual type.
        var fileExtension: String? {
            let name = type?.upTo { $0 == ";" }.trimmed.asciiLowercased
            return name.flatMap { Self.extensions[$0] }
        }

        private static let extensions = [
            "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg",
            "audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/ogg": "ogg",
            "application/ogg": "ogg", "application/pdf": "pdf", "application/json": "json", "text/plain": "txt",
            "text/html": "html",
        ]

        private static func size(_ count: Int) -> String {
            switch count {
            case 1: "1 byte"
            case ..<1000: "\(count) bytes"
            case ..<1_000_000: "\((count + 500) / 1000) kB"
            default: "\(count / 1_000_000).\(count / 100_000 % 10) MB"
            }
        }
    }

    /// The blocks in the server's order.
    let parts: [Part]
    /// What is wrong with the content, which is shown as well as it can be; nil if it is as it should be.
    private(set) var oddity: String?
    /// The structured content; nil also if the blocks hold the same.
    let structured: JSONValue?

    var binaries: [Binary] {
        parts.compactMap { if case .binary(let binary) = $0 { binary } else { nil } }
    }

    /// Whether there is anything besides binary data.
    var hasText: Bool { structured != nil || parts.count > binaries.count }

    /// Whether nothing would be shown.
    var isEmpty: Bool {
        structured == nil && parts.allSatisfy { if case .text(let text) = $0 { text.isEmpty } else { false } }
    }

    /// Returns all content as one text, in which binary data is described or left out.
    func text(describingData: Bool) -> String {
        var texts = parts.compactMap { part -> String? in
            switch part {
            case .text(let text), .emptyResource(let text): text
            case .json(let value), .undecoded(let value): value.serialized()
            case .binary(let binary): describingData ? binary.description : nil
            }
        }
        if let structured { texts.append(structured.serialized()) }
        return texts.joined(separator: "\n")
    }

    init(_ result: JSONValue) {
        var structured = result["structuredContent"]
        if structured?.isNull == true { structured = nil }
        let blocks: [JSONValue]
        switch result["content"] {
        case .array(let list):
            (blocks, oddity) = (list, nil)
        case nil, .null:
            (blocks, oddity) = structured == nil ? ([result], "the answer has no content") : ([], nil)
        case let content?:
            (blocks, oddity) = ([content], "the content of the answer is \(content.typeName), not a list")
        }
        let isWrapper = structured?.object?.keys == ["result"]
        if let structured, blocks.count(where: Self.isText) == 1,
            let text = blocks.first(where: Self.isText), Self.parsed(text)?.means(structured) == true
        {
            // The text repeats the structured content for older clients. It is left out, because formatted JSON is
            // easier to read.
            parts = blocks.filter { !Self.isText($0) }.map(Self.part)
            self.structured = structured
        } else {
            parts = blocks.map(Self.part)
            let isRepeated = isWrapper && Self.repeats(structured?["result"], blocks)
            self.structured = isRepeated ? nil : structured
        }
        if parts.contains(where: { if case .undecoded = $0 { true } else { false } }) {
            oddity = oddity ?? "data in the answer is missing or not valid Base64, and is shown as it came"
        }
    }

    /// Whether `value` repeats the blocks: FastMCP does this with a return value that is not an object.
    private static func repeats(_ value: JSONValue?, _ blocks: [JSONValue]) -> Bool {
        guard let value else { return false }
        if blocks.count == 1, says(blocks[0], value) { return true }
        guard let elements = value.array, elements.count == blocks.count else { return false }
        return zip(blocks, elements).allSatisfy(says)
    }

    private static func says(_ block: JSONValue, _ value: JSONValue) -> Bool {
        if block.means(value) { return true }
        guard isText(block) else { return false }
        return block["text"]?.string == value.string && value.string != nil || parsed(block)?.means(value) == true
    }

    private static func isText(_ block: JSONValue) -> Bool {
        block["type"]?.string == "text" && block["text"]?.string != nil
    }

    /// Returns the JSON in a text block; nil if it is not JSON.
    private static func parsed(_ block: JSONValue) -> JSONValue? {
        block["text"]?.string.flatMap { try? JSONValue.parse($0) }
    }

    private static func part(_ block: JSONValue) -> Part {
        if let text = block.string { return .text(text) }
        switch block["type"]?.string {
        case "text":
            return block["text"]?.string.map(Part.text) ?? .json(block)
        case "image", "audio":
            return binary(block["type"]?.string ?? "", of: block, in: block, data: block["data"])
        case "resource_link":
            guard let uri = block["uri"]?.string else { return .json(block) }
            if let url = DataURL(uri) { return part(of: url, in: block) }
            return .text(block["name"]?.string.map { "\($0)  \(uri)" } ?? uri)
        case "resource":
            guard let resource = block["resource"] else { return .json(block) }
            let uri = resource["uri"]?.string
            let data = resource["text"]?.string ?? resource["blob"]?.string
            if data?.isEmpty == true, let uri { return .emptyResource(uri: uri) }
            if let text = resource["text"]?.string { return .text(text) }
            if data == nil, let url = uri.flatMap(DataURL.init) { return part(of: url, in: block) }
            return resource["blob"].map { binary("resource", of: resource, in: block, data: $0) } ?? .json(block)
        default:
            return .json(block)
        }
    }

    /// Returns the data of `object`, which is `block` or the resource in it.
    private static func binary(_ kind: String, of object: JSONValue, in block: JSONValue, data: JSONValue?) -> Part {
        let url = data?.string.flatMap(DataURL.init)
        guard let bytes = url.map(\.bytes) ?? data?.string.flatMap(Base64.decode) else { return .undecoded(block) }
        return .binary(Binary(kind: kind, type: object["mimeType"]?.string ?? url?.type, bytes: bytes))
    }

    private static func part(of url: DataURL, in block: JSONValue) -> Part {
        if url.type?.asciiLowercased.begins(with: "text/") ?? true,
            let text = url.bytes.flatMap({ String(validating: $0, as: UTF8.self) })
        {
            return .text(text)
        }
        guard let bytes = url.bytes else { return .undecoded(block) }
        return .binary(Binary(kind: "resource", type: url.type, bytes: bytes))
    }
}

/// A `data:` URL (RFC 2397), which some servers send in place of Base64.
private struct DataURL {
    /// The MIME type; nil if there is none, which means text.
    let type: String?
    /// The data; nil if it is not Base64 although the URL says so.
    let bytes: [UInt8]?

    /// Returns nil if `text` is no such URL.
    init?(_ text: String) {
        guard String(decoding: text.utf8.prefix(5), as: UTF8.self).asciiLowercased == "data:",
            let comma = text.place(of: ",")
        else { return nil }
        let (head, body) = text.halves(around: comma)
        let parameters = head.dropping(bytes: 5).parts(between: ";").map { $0.trimmed }
        let data = PercentEncoding.decode(body.utf8).bytes
        let isBase64 = parameters.dropFirst().contains { $0.asciiLowercased == "base64" }
        bytes = isBase64 ? Base64.decode(String(decoding: data, as: UTF8.self)) : data
        type = parameters.first.flatMap { $0.isEmpty ? nil : String($0) }
    }
}

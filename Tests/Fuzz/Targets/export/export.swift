import FuzzSupport
import ParallelJSON
import ParallelSystem

@testable import ParallelMCP

/// Whatever a server says of its tools, they are exported under names that a target takes, their types have an end, and
/// no text leaves the literal or the comment that it is put into.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let text = String(decoding: bytes, as: UTF8.self)
    examine(text)
    guard let json = try? JSONValue.parse(bytes) else { return 0 }
    let form = json.canonical
    require(form.canonical == form, "a canonical form is its own")
    require(PinnedTool(json).hash == PinnedTool(form).hash, "it has the same hash")
    let expression = TypeScriptText.expression(json)
    require(expression.utf8.allSatisfy { $0 != 0x0D }, "no line end comes from a text")
    _ = TypeScriptTypes.declarations(of: json, as: "Input")
    _ = StrictSchema.holds(for: json)
    return 0
}

private func examine(_ text: String) {
    for shape in ExportShape.allCases where shape.maximumName != nil {
        let name = shape.name(for: text)
        require((1...(shape.maximumName ?? 0)).contains(name.utf8.count), "a name has an allowed length")
        require(
            name.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") },
            "a name has allowed characters")
    }
    let literal = TypeScriptText.literal(text)
    require((try? JSONValue.parse(literal))?.string?.isExactly(text) == true, "a literal is the text")
    let comment = Array(TypeScriptText.comment(text).utf8)
    let ends = comment.indices.dropLast().filter {
        comment[$0] == UInt8(ascii: "*") && comment[$0 + 1] == UInt8(ascii: "/")
    }
    require(comment.isEmpty || ends == [comment.count - 3], "a comment ends where it is ended")
}

import ParallelJSON

/// What `mcp serve` tells a client of its tools. Each conversation with a model begins with these texts, so they are
/// short.
enum ServedTools {
    static let instructions =
        "Web research by Parallel. research, enrich_file and collect wait; if one returns an id, call collect with it."

    /// Returns the tools as `tools/list` returns them.
    ///
    /// - Parameter withFiles: whether files may be read and written.
    static func all(withFiles: Bool) -> [JSONValue] {
        let tools = (try? JSONValue.parse(text))?.array ?? []
        return withFiles ? tools : tools.filter { $0["name"]?.string != "enrich_file" }
    }

    private static let text = """
        [{"name":"research","description":"Research on the web with sources; waits for the answer","inputSchema":\
        {"type":"object","properties":{"question":{"type":"string"},\
        "fields":{"type":"object","description":"What to find, as NAME or NAME:TYPE (int, number, bool, string[], a|b) \
        to description; else prose","additionalProperties":{"type":"string"}},\
        "processor":{"type":"string","description":"lite $0.005, base (default) $0.01, core $0.025, pro $0.10, ultra $0.30; \
        dearer is deeper and slower"}},"required":["question"]}},\
        {"name":"search","description":"Search the web; returns excerpts","annotations":{"readOnlyHint":true},"inputSchema":\
        {"type":"object","properties":{"objective":{"type":"string"},\
        "queries":{"type":"array","maxItems":5,"items":{"type":"string"}}},"required":["objective"]}},\
        {"name":"extract","description":"Read web pages","annotations":{"readOnlyHint":true},"inputSchema":\
        {"type":"object","properties":{"urls":{"type":"array","minItems":1,"maxItems":20,"items":{"type":"string"}},\
        "objective":{"type":"string"}},"required":["urls"]}},\
        {"name":"enrich_file","description":"Find fields for every row of a CSV, TSV or JSON file and write the rows to \
        another file. First call it without confirm: it says what it would cost","inputSchema":\
        {"type":"object","properties":{"path":{"type":"string"},\
        "fields":{"type":"object","description":"as for research","minProperties":1,"additionalProperties":{"type":"string"}},\
        "question":{"type":"string","description":"with {column}; else all columns are sent"},\
        "output":{"type":"string"},"processor":{"type":"string"},\
        "limit":{"type":"integer","minimum":1,"description":"only the first rows"},"confirm":{"type":"boolean"}},\
        "required":["path","fields"]}},\
        {"name":"status","description":"What became of an id, or of all of this session","annotations":\
        {"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"id":{"type":"string"}}}},\
        {"name":"collect","description":"Wait for the result of an id","annotations":{"readOnlyHint":true},"inputSchema":\
        {"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}}]
        """
}

import Testing

@testable import ParallelMCP

/// Which messages to a server only read.
@Suite struct ReadingMessageTests {
    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, true),
        (#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, true),
        (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, true),
        (#"[{"id":1,"method":"ping"},{"id":2,"method":"resources/read"}]"#, true),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","annotations":{"readOnlyHint":true}}}"#,
            false
        ),
        (#"[{"id":1,"method":"ping"},{"id":2,"method":"tools/call"}]"#, false),
        (#"{"id":1,"method":"ping","method":"tools/call"}"#, false),
        (#"{"id":1,"method":"ping","Method":"tools/call"}"#, false), (#"{"id":1,"METHOD":"tools/call"}"#, false),
        (#"{"id":1,"method":"tasks/cancel"}"#, false), (#"{"id":1,"method":7}"#, false), ("no json", false),
        ("", false),
    ])
    func `calls and unknown methods don't`(body: String, isReading: Bool) {
        #expect(JSONRPCMessage.isReading(Array(body.utf8)) == isReading)
    }
}

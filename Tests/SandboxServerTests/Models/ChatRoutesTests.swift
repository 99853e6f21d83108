import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct ChatRoutesTests {
    private func ask(_ client: SandboxClient, _ more: String, path: String = "/v1beta/chat/completions") async throws
        -> Answer
    {
        try await client.send("POST", path, #"{"messages":[{"role":"user","content":"Why?"}]\#(more)}"#)
    }

    @Test func `an answer has text, and sources from models that research`() async throws {
        try await withSandbox { client in
            for (model, hasBasis) in [("speed", false), ("base", true)] {
                let answer = try await ask(client, #","model":"\#(model)""#)
                #expect(
                    answer.status == 200 && answer.json["choices"]?.array?.first?["message"]?["role"] == "assistant")
                #expect((answer.json["basis"]?.array != nil) == hasBasis && answer.json["interaction_id"] != nil)
            }
            let schema =
                #","model":"lite","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"#
                + #""type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}}"#
            let text = try await ask(client, schema).json["choices"]?.array?.first?["message"]?["content"]?.string ?? ""
            #expect(try JSONValue.parse(text)["n"]?.int != nil)
        }
    }

    @Test func `a stream has the words of the answer, then its end`() async throws {
        try await withSandbox { client in
            let answer = try await ask(client, #","model":"lite","stream":true"#, path: "/chat/completions")
            let chunks = answer.text.split(separator: "\n").compactMap { line in
                line.hasPrefix("data: ") ? try? JSONValue.parse(String(line.dropFirst(6))) : nil
            }
            let text = chunks.compactMap { $0["choices"]?.array?.first?["delta"]?["content"]?.string }.joined()
            #expect(text == "Sandbox answer to “Why?” (message 1)." && chunks.last?["basis"] != nil)
        }
    }

    @Test(arguments: [
        (#""n":"1""#, "n"), (#""temperature":true"#, "temperature"),
        (#""previous_interaction_id":1"#, "previous_interaction_id"),
        (#""response_format":{"type":"xml"}"#, "type"), (#""response_format":{"type":"json_schema"}"#, "json_schema"),
        (#""response_format":{"type":"json_schema","json_schema":{}}"#, "name"),
        (#""messages":[{"role":"user","content":"Why?","name":1}]"#, "name"),
    ])
    func `a member of another type is refused, also one that is not used`(member: String, name: String) async throws {
        let body =
            #"{"model":"lite",\#(member)\#(member.contains("messages") ? "" : #","messages":[{"role":"user","content":""}]"#)}"#
        let answer = try await withSandbox { try await $0.send("POST", "/v1beta/chat/completions", body) }
        #expect(answer.status == 422 && answer.json["detail"]?.array?.count == 1)
        #expect(answer.json["detail"]?[0]?["loc"]?.array?.last?.string == name)
    }

    @Test func `an answer is there under both names, and a chunk has a type`() async throws {
        try await withSandbox { client in
            let choice = try await ask(client, #","model":"lite""#).json["choices"]?[0]
            #expect(choice?["message"] == choice?["delta"] && choice?["delta"]?["content"]?.string != nil)
            #expect(
                try await ask(client, #","model":"lite","stream":true"#).text.contains(
                    #""type":"chat.completion.chunk""#))
        }
    }

    @Test func `a key is needed, in either field`() async throws {
        try await withSandbox { client in
            let body = #"{"model":"speed","messages":[{"role":"user","content":"Why?"}]}"#
            let path = "/v1beta/chat/completions"
            #expect(try await client.send("POST", path, body, key: nil).status == 401)
            let bearer = ["authorization": "Bearer k"]
            #expect(try await client.send("POST", path, body, headers: bearer, key: nil).status == 200)
            let wrong = try await client.send("POST", path, #"{"model":"pro","messages":[]}"#)
            #expect(wrong.status == 422 && wrong.json["detail"]?.array?.count == 2)
        }
    }
}

import ParallelHTTP
import TestSupport

/// Exchanges with the API that the commands of FindAll are tested with.
enum FindAllAnswer {
    static let runs = "/v1beta/findall/runs"
    static func path(_ below: String = "", of id: String = "findall_1") -> String { "\(runs)/\(id)\(below)" }

    static func document(
        _ id: String = "findall_1", status: String, reason: String? = nil, active: Bool = false, matched: Int = 1,
        generator: String = "base"
    ) -> String {
        let reason = reason.map { "\"\($0)\"" } ?? "null"
        return
            #"{"findall_id":"\#(id)","generator":"\#(generator)","metadata":{},"created_at":null,"status":{"status":"\#(status)","#
            + #""is_active":\#(active),"metrics":{"generated_candidates_count":2,"matched_candidates_count":\#(matched)},"#
            + #""termination_reason":\#(reason)}}"#
    }

    static func created(_ id: String = "findall_1") -> ScriptedTransport.Exchange {
        .init(.post, runs, body: document(id, status: "queued", active: true, matched: 0))
    }

    static func run(
        _ id: String = "findall_1", status: String = "completed", reason: String? = "match_limit_met",
        active: Bool = false, matched: Int = 1
    ) -> ScriptedTransport.Exchange {
        .init(
            .get, path(of: id),
            body: document(id, status: status, reason: reason, active: active, matched: matched))
    }

    static let matched =
        #"{"candidate_id":"c1","name":"Acme","url":"https://acme.example/","description":"Makes\tchips.","#
        + #""match_status":"matched","output":{"fab":{"value":"Yes","type":"match_condition","is_matched":true},"#
        + #""staff":{"value":1.10,"type":"enrichment"}},"basis":[{"field":"fab","reasoning":"Seen.","#
        + #""confidence":"high","citations":[{"url":"https://s.example","excerpts":["It has."]}]}]}"#
    static let unmatched =
        #"{"candidate_id":"c2","name":"Beta","url":"beta.example","match_status":"unmatched","output":{"fab":"No"}}"#

    static func resultDocument(
        _ id: String = "findall_1", status: String = "completed", reason: String? = "match_limit_met"
    )
        -> String
    {
        #"{"run":\#(document(id, status: status, reason: reason)),"candidates":[\#(matched),\#(unmatched)],"last_event_id":"e1"}"#
    }

    static func result(
        _ id: String = "findall_1", status: String = "completed", reason: String? = "match_limit_met"
    ) -> ScriptedTransport.Exchange {
        .init(.get, path("/result", of: id), body: resultDocument(id, status: status, reason: reason))
    }

    static let conditions = #"[{"name":"fab","description":"Owns a fab"}]"#

    static func schemaDocument(limit: String = "10", generator: String = "base", enrichments: String = "null") -> String
    {
        #"{"objective":"Chip makers","entity_type":"companies","match_conditions":\#(conditions),"#
            + #""enrichments":\#(enrichments),"generator":"\#(generator)","match_limit":\#(limit)}"#
    }

    static func schema(
        limit: String = "10", generator: String = "base", enrichments: String = "null"
    ) -> ScriptedTransport.Exchange {
        .init(
            .get, path("/schema"),
            body: schemaDocument(limit: limit, generator: generator, enrichments: enrichments))
    }

    static func ingested(enrichments: String = "null") -> ScriptedTransport.Exchange {
        .init(.post, "/v1beta/findall/ingest", body: schemaDocument(limit: "null", enrichments: enrichments))
    }

    static let enriched = ScriptedTransport.Exchange(.post, path("/enrich"), body: schemaDocument())
    static let ceo =
        #"{"type":"json","json_schema":{"type":"object","properties":{"ceo":{"type":"string","description":"Name"}},"#
        + #""required":["ceo"],"additionalProperties":false}}"#
}

import ParallelJSON
import ParallelSystem

/// A route of the API, the types of its body, and the body that it is asked with for the answer that everybody gets.
struct Example: Sendable {
    let method: String
    /// The path as the API's description writes it; the names in braces are members of earlier answers.
    let path: String
    /// Nil if the route takes no body.
    let types: BodyTypes?
    let question: String?
    /// The answer, where the strict mode would not have a good one.
    let answer: (@Sendable () throws -> Reply)?

    init(
        _ route: String, _ types: String? = nil, asks question: String? = nil,
        answer: (@Sendable () throws -> Reply)? = nil
    ) {
        let words = route.parts(between: " ", maxSplits: 1).map(String.init)
        (method, path) = (words[0], words[1])
        self.types = types.map(BodyTypes.init)
        self.question = question
        self.answer = answer
    }

    /// The routes in the order in which they are asked: what makes something comes before what shows it, and what ends
    /// it is last.
    static let all = tasks + groups + pages + findAll + monitors + memory + models + account

    private static let run =
        "input! string object, processor! string, task_spec object, metadata object, source_policy object, "
        + "advanced_settings object, mcp_servers array, enable_events boolean, webhook object, "
        + "previous_interaction_id string, memory_scope_key string"
    private static let runQuestion = #"{"input":"Who founded Intel?","processor":"pro","metadata":{"team":"example"}}"#

    private static let tasks = [
        Example("POST /v1/tasks/runs", run, asks: runQuestion),
        Example("GET /v1/tasks/runs/{run_id}"),
        Example("GET /v1/tasks/runs/{run_id}/result"),
        Example("GET /v1/tasks/runs/{run_id}/input"),
        Example("GET /v1/tasks/runs/{run_id}/events", answer: events),
        Example("GET /v1beta/tasks/runs/{run_id}/events", answer: events),
        Example("POST /v1beta/tasks/suggest", "user_intent! string, previous_task object", asks: suggestQuestion),
        Example(
            "POST /v1beta/tasks/suggest-processor", "task_spec! object, choose_processors_from array",
            asks: #"{"task_spec":{"output_schema":{"type":"object","properties":{"ceo":{"type":"string"}}}}}"#),
    ]
    private static let suggestQuestion = #"{"user_intent":"Find the CEO and the revenue"}"#

    private static let groups = ["/v1", "/v1beta"].flatMap { version in
        let group = "\(version)/tasks/groups/{taskgroup_id}"
        return [
            Example("POST \(version)/tasks/groups", "metadata object", asks: "{}"),
            Example(
                "POST \(group)/runs", "inputs! array, default_task_spec object",
                asks: #"{"inputs":[\#(runQuestion),\#(runQuestion)]}"#),
            Example("GET \(group)/runs/{run_id}"),
            Example("GET \(group)"),
            Example("GET \(group)/runs"),
            Example("GET \(group)/events"),
        ]
    }

    private static let searched =
        "search_queries! array, objective string, mode string, session_id string, client_model string, "
        + "advanced_settings object"
    private static let searchQuestion = #"{"search_queries":["founders of Intel"]}"#

    private static let pages = [
        Example("POST /v1/search", searched + ", max_chars_total integer", asks: searchQuestion),
        Example("POST /v1/images/search", searched, asks: searchQuestion),
        Example(
            "POST /v1/places/search", "query! string, location string, mode string",
            asks: #"{"query":"bakery","location":"Lisbon"}"#),
        Example(
            "POST /v1/extract",
            "urls! array, objective string, search_queries array, max_chars_total integer, session_id string, "
                + "client_model string, advanced_settings object",
            asks: #"{"urls":["https://example.com"],"advanced_settings":{"full_content":true}}"#),
        Example(
            "POST /v1/decisions",
            "state! string object array number boolean, questions! object, mode string, include_excerpts boolean",
            asks: #"{"state":"Acme","questions":{"open":{"type":"noul","instructions":"Is it still in business?"}}}"#),
    ]

    private static let findAll = [
        Example("POST /v1beta/findall/ingest", "objective! string", asks: #"{"objective":"Find bakeries in Lisbon"}"#),
        Example(
            "POST /v1beta/findall/entity-search", "entity_type! string, objective! string, match_limit integer",
            asks: #"{"entity_type":"companies","objective":"Bakeries in Lisbon","match_limit":5}"#),
        Example(
            "POST /v1beta/findall/runs",
            "objective! string, entity_type! string, match_conditions! array, generator! string, "
                + "match_limit! integer, exclude_list array, metadata object, webhook object, memory_scope_key string",
            asks: """
                {"objective":"Find bakeries in Lisbon","entity_type":"bakeries","generator":"base","match_limit":5,
                "match_conditions":[{"name":"city","description":"It is in Lisbon"}]}
                """),
        Example(
            "POST /v1beta/findall/runs/{findall_id}/enrich",
            "output_schema! object, processor string, mcp_servers array",
            asks: """
                {"output_schema":{"type":"json","json_schema":{"type":"object","properties":{"owner":{"type":"string"}}}}}
                """),
        Example(
            "POST /v1beta/findall/runs/{findall_id}/extend", "additional_match_limit! integer",
            asks: #"{"additional_match_limit":1}"#),
        Example("GET /v1beta/findall/runs/{findall_id}"),
        Example("GET /v1beta/findall/runs/{findall_id}/result"),
        Example("GET /v1beta/findall/runs/{findall_id}/schema"),
        Example("GET /v1beta/findall/runs/{findall_id}/events"),
        // The run has ended.
        Example("POST /v1beta/findall/runs/{findall_id}/cancel", answer: { .noContent }),
    ]

    private static let monitors = [
        Example(
            "POST /v1/monitors",
            "type! string, frequency! string, settings! object, processor string, webhook object, metadata object, "
                + "memory_scope_key string",
            asks: #"{"type":"event_stream","frequency":"1d","settings":{"query":"News about Intel"}}"#),
        Example("GET /v1/monitors"),
        Example("GET /v1/monitors/stats"),
        Example("GET /v1/monitors/{monitor_id}"),
        Example("GET /v1/monitors/{monitor_id}/events"),
        Example(
            "POST /v1/monitors/{monitor_id}/update",
            "type string, frequency string, settings object, processor string, webhook object, metadata object",
            asks: #"{"frequency":"1w"}"#),
        Example("POST /v1/monitors/{monitor_id}/trigger"),
        Example("POST /v1/monitors/{monitor_id}/cancel"),
    ]

    private static let memory = [
        Example(
            "POST /v1beta/memory/retrieve",
            "query string, limit integer, kind string, since string, memory_scope_key string", asks: "{}"),
        Example(
            "POST /v1beta/memory/evict", "id! string, kind! string, memory_scope_key string",
            asks: #"{"id":"other","kind":"task"}"#),
        Example("POST /v1beta/memory/clear", "memory_scope_key string", asks: "{}"),
    ]

    private static let models =
        ["/v1beta/chat/completions", "/chat/completions"].map { path in
            Example(
                "POST \(path)",
                "model! string, messages! array, stream boolean, response_format object, max_tokens integer, "
                    + "temperature number, top_p number, n integer, presence_penalty number, "
                    + "frequency_penalty number, previous_interaction_id string",
                asks: #"{"model":"base","messages":[{"role":"user","content":"Who founded Intel?"}]}"#)
        } + [
            Example(
                "POST /v1/responses",
                "model! string, input! string array, instructions string, previous_response_id string, "
                    + "stream boolean, text object, metadata object, reasoning object, background boolean, "
                    + "tools array, data_sources object",
                asks: #"{"model":"parallel","input":"Who founded Intel?","tools":[{"type":"web_search"}]}"#)
        ]

    private static let account = [
        Example("GET /account/service/v1/apps"),
        Example("POST /account/service/v1/apps", "app_name! string", asks: #"{"app_name":"Example"}"#),
        Example(
            "POST /account/service/v1/apps/{app_id}/keys", "api_key_name! string",
            asks: #"{"api_key_name":"example"}"#),
        Example("DELETE /account/service/v1/apps/{app_id}/keys/{api_key_id}", answer: deleted),
        Example("DELETE /account/service/v1/apps/{app_id}", answer: deleted),
        Example("GET /account/service/v1/balance"),
        Example(
            "POST /account/service/v1/balance/add", "amount_cents! integer, idempotency_key! string",
            asks: #"{"amount_cents":100,"idempotency_key":"example-charge"}"#),
    ]

    // Nothing is deleted: a wrong body of another request is checked against what there is.
    @Sendable private static func deleted() -> Reply { .json(200, ["deleted": true]) }

    /// Returns the events of a run from its beginning to its end. The strict mode shows messages only to those who
    /// listen while a run is under way.
    @Sendable private static func events() throws -> Reply {
        var run = RunRecord(try TaskRunRequest(body: try JSONValue.parse(runQuestion).object ?? [:]))
        run.status = .running
        run.progress = 60
        var bytes = EventTrace.state(of: run)
        for step in EventTrace.opening(of: run.request) {
            bytes += EventTrace.event(ProgressMessage(kind: step.kind, text: step.text).json)
        }
        bytes += EventTrace.event(EventTrace.statistics(of: run))
        run.status = .completed
        return .events(.bytes(bytes + EventTrace.state(of: run)))
    }
}

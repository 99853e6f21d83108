"""What sources about the API disagree on, and what none of them says: each a question for the API itself.

A line: name, question, how it is asked. Where the last begins with "-", no cheap request answers it, and it says why.
"""

DISAGREE = [
    ("search-mcp-address", "Which addresses does the search MCP server have?", "tools/list at each, without a key"),
    (
        "monitor-event-group",
        "Is it event_group_id or monitor_group_id in a monitor's events?",
        "the newest event of the account's newest monitor",
    ),
    (
        "monitor-query-update",
        "May the query of a monitor be changed?",
        "an update with a query, of a monitor that doesn't exist: 404 means that the body is fine, 422 that it isn't",
    ),
    (
        "task-after-date",
        "Does a task take source_policy.after_date, which is said to be for searches only?",
        "a run with it",
    ),
    ("schema-depth", "May an output schema have four levels, or three at most?", "a run with four"),
    ("input-limit", "Is an input above 25,000 characters refused, or only warned about?", "a run with 25,100"),
    (
        "webhook-payload",
        "Does a webhook bring the run object or the full result?",
        "- it needs a server that the API can reach",
    ),
    (
        "findall-webhook-events",
        "Are a FindAll webhook's events findall.* or task_run.status?",
        "runs that are refused for their limit: does the refusal also name the events?",
    ),
    ("progress-kinds", "Which kinds of progress messages are there?", "the events of a lite run"),
    ("progress-meter", "Is progress_meter always there?", "the events of a lite run"),
    ("metadata-values", "May metadata have numbers and booleans?", "a run with both"),
    (
        "array-parameters",
        "Are several values of a query parameter repeated, or joined by commas?",
        "GET /v1/monitors both ways",
    ),
    (
        "mcp-failure-place",
        "Where is it told that an MCP server of a run can't be used: in the output or in run.warnings?",
        "a lite run with a server that doesn't exist",
    ),
    ("json-content", "Is the content of structured output an object or a string?", "the result of a run with fields"),
    ("chat-form", "Does chat answer at both paths, and with message or delta?", "both paths, one of them streamed"),
    (
        "durations",
        "How long does a lite run take? The tables say 10 to 60 s, or up to two minutes.",
        "the times of a lite run",
    ),
    (
        "error-form",
        "Do errors have type and ref_id?",
        "a request with a wrong key, and one for a run that doesn't exist",
    ),
    ("login-flows", "Which logins does the platform offer?", "its OAuth metadata"),
    (
        "events-off",
        "What does the event stream of a run have for which events were not asked?",
        "the streams of two lite runs, one of them without enable_events",
    ),
    ("small-excerpts", "Are excerpts of less than 1,000 characters allowed, or made longer?", "a search with 500"),
    (
        "location-case",
        "May a monitor's location be in capitals?",
        "a monitor that is refused for its frequency: does the refusal also name the location?",
    ),
    ("image-queries", "May an image search have more than three queries?", "one with four"),
    (
        "responses-refusals",
        "Are refusals of /v1/responses 400 in OpenAI's form, or 422?",
        "a request for another model",
    ),
    ("responses-quota", "How many responses a minute?", "- finding the quota means exceeding it"),
    ("lite-tool-calls", "Does lite make one tool call at most?", "a lite run that has reasons for two"),
    ("monitor-quota", "Does the quota of monitors also hold under /v1?", "- finding the quota means exceeding it"),
    ("fast-processors", "Are the processors with -fast still accepted?", "a run on lite-fast"),
    (
        "refresh-client",
        "Does renewing a login's token need client_id?",
        "- a token that is used twice may end the login of the person who asks",
    ),
]

UNKNOWN = [
    (
        "result-timeout",
        "What is the longest timeout of a result?",
        "the result of a finished run, with a million seconds",
    ),
    (
        "action-required",
        "How does a run get to action_required, and out of it?",
        "- nothing is known to bring it about",
    ),
    ("cancelled-result", "What does the result of a cancelled run answer?", "- no request cancels a run of a task"),
    ("refused-requests", "Do refused requests count in the quota?", "- finding out means exceeding the quota"),
    (
        "connector-price",
        "What does a call of a paid data source cost?",
        "- the price is set by its provider, and not cheap to find out",
    ),
    ("character-count", "How are the characters of a limit counted?", "- each try at the limit may be a paid run"),
    ("tool-call-ceiling", "How many tool calls does a server get?", "- it takes long, dear runs"),
    (
        "mcp-headers-in-input",
        "How do the headers of MCP servers look in a run's input?",
        "the input of a run with a header",
    ),
    (
        "create-idempotency",
        "Does a second creation with the same idempotency-key make a second run?",
        "a run, created twice",
    ),
    ("retention", "How long are results kept?", "- time tells"),
    (
        "keep-alive",
        "What keeps a quiet event stream alive?",
        "the stream of a lite run as bytes; it takes the key from PARALLEL_API_KEY",
    ),
    (
        "loopback-redirect",
        "Does the platform take addresses of this machine for a login's way back?",
        "a registration with one; only a person can go on from there",
    ),
    (
        "key-by-device",
        "What does the device flow for an API key answer?",
        "the request for a code; it ends unused, as only a person can go on from there",
    ),
    ("key-rotation", "When do API keys change?", "- time tells"),
    (
        "old-search",
        "Are the earlier /v1beta/search and /v1beta/extract still there?",
        "requests that each refuses, if it is there",
    ),
    ("failed-response", "Which status has a response that fails?", "- nothing is known to make one fail"),
    ("mcp-call-opens", "Which status has an mcp_call item as it opens?", "a streamed response with an MCP server"),
    ("decisions-path", "Where are decisions?", "an empty request to /v1/decisions"),
    ("decisions-answer", "Which members does an answer of a decision have?", "a decision with a question of each kind"),
    ("decisions-price", "What does a decision cost?", "- no answer tells; the account's bill does"),
    ("decisions-quota", "How many decisions a minute?", "- finding the quota means exceeding it"),
    ("places-location", "In which forms can a place search say where?", "one that doesn't say it"),
    ("places-answer", "Which members does an answer of a place search have?", "a place search"),
    ("places-price", "What does an advanced place search cost?", "- no answer tells; the account's bill does"),
    ("places-quota", "How many place searches a minute?", "- finding the quota means exceeding it"),
    ("parallel-mcp-tools", "Which tools does mcp.parallel.ai have, with and without a key?", "tools/list, both ways"),
    ("parallel-mcp-limits", "Which limits does mcp.parallel.ai have?", "- finding a limit means exceeding it"),
    ("old-mcp-hosts", "Are the earlier addresses of MCP servers still there?", "initialize at each, without a key"),
]

ALL = DISAGREE + UNKNOWN

/// What `--help` and `help scenarios` print.
enum HelpText {
    static let usage = """
        parallel-sandbox: a local stand-in for the Parallel API, for developing and testing without a key

        Usage:
          parallel-sandbox serve [options] [--port N] [--ready-file FILE]
          parallel-sandbox run [options] -- COMMAND [ARGUMENT]...
          parallel-sandbox help [scenarios]

        serve listens on 127.0.0.1 until it gets SIGINT or SIGTERM, then exits with 0.
        run starts on a free port, runs COMMAND with PARALLEL_BASE_URL, PARALLEL_API_URL and PARALLEL_API_KEY set for it,
        and ends with its exit code (128 + the signal's number if a signal killed it, 127 if there is no such command).

        Options of serve:
          --port N            port to listen on; 0, the default, takes a free one
          --ready-file FILE   write the base URL to FILE, at once and as soon as connections are accepted

        Options of both:
          --delay SECONDS     time from a run's creation to its end (default 0.5); decimals are fine
          --control-file FILE faults that belong to no run, re-read when it changes (see 'help scenarios')
          --log FILE          append JSON lines: requests, responses and the ends of runs; no keys
          --log-responses     with --log, include the bodies of responses; those of streams piece by piece, as sent
          --stream-limit SECONDS
                              time after which an event stream ends (default 570, of a group 3600)
          -h, --help          print this and exit
          --version           print the version and exit

        What it answers:
          POST /v1/tasks/runs                  create a run
          GET  /v1/tasks/runs/ID               its state
          GET  /v1/tasks/runs/ID/result        its result; waits up to ?timeout=SECONDS (default 600)
          GET  /v1/tasks/runs/ID/input         what it was created with
          GET  /v1/tasks/runs/ID/events        its progress as server-sent events (/v1beta too)
          POST /v1/tasks/groups                create a group of runs (all of these under /v1beta too)
          GET  /v1/tasks/groups/ID             its counts by status
          POST /v1/tasks/groups/ID/runs        add 1 to 1000 runs to it
          GET  /v1/tasks/groups/ID/runs        its runs as server-sent events, as they stand
          GET  /v1/tasks/groups/ID/runs/ID     the state of one
          GET  /v1/tasks/groups/ID/events      its progress as server-sent events
          POST /v1beta/tasks/suggest           a task for a plain-language intent
          POST /v1beta/tasks/suggest-processor processors for a task
          POST /v1/search                      search
          POST /mcp/search                     the Search MCP server: web_search, web_fetch; needs no key
          POST /mcp/task                       the Task MCP server: createDeepResearch, createTaskGroup, getStatus,
                                               getResultMarkdown

        Any key that is not empty and does not contain "invalid" is accepted, in x-api-key or Authorization: Bearer.
        Requests are checked as strictly as the API's documentation says. Answers fit the output schema asked for, are the
        same for the same request, and are made up: texts say "Sandbox", citations point to sandbox.parallel.example.
        Automatic output is structured for pro and above, text for the tiers below. MCP servers of a run are really
        contacted, over http only: their tools are listed and the first allowed one is called with made-up arguments.
        Webhooks are accepted but not delivered.

        Example:
          parallel-sandbox run -- sh -c 'curl -s -H "x-api-key: $PARALLEL_API_KEY" -H "content-type: application/json" \\
            -d "{\\"input\\": \\"Is it alive?\\", \\"processor\\": \\"lite\\"}" "$PARALLEL_BASE_URL/v1/tasks/runs"'

        """

    static let scenarios = """
        Scenarios: making a run slow, fail or answer oddly

        Metadata of a run (strings; numbers are fine too):
          sandbox_delay    seconds from creation to the end, such as 0 or 2.5
          sandbox_status   how it ends: completed, failed, cancelled or action_required
          sandbox_error    the error message of a failed run
          sandbox_warning  a warning in run.warnings
          sandbox_output   the content of the output, kept to the byte: JSON for structured output, else text;
                           @input takes the run's own input
          sandbox_polls    faults of the requests for the result, in their order
          sandbox_events   faults of the requests for the event stream, in their order
          sandbox_create   faults of the creation itself, in the order of requests with the same body
          sandbox_retry    seconds in the retry-after header of scripted statuses; none without it
        Any other key that starts with sandbox_ is refused with 422.

        Faults are words split by commas, each with *N to repeat it; after the last one all is well:
          ok               nothing goes wrong
          drop             the connection closes without an answer
          lose             the request takes effect, then the connection closes without an answer
          truncate         the answer stops halfway: the connection closes before the announced length, or, for
                           events, after what was known when the stream began
          cut, cut:N       an event stream breaks off in the middle of the event after the first or N; other answers
                           are truncated
          garbage          status 200 and a body that is no JSON
          slow, slow:SECS  the real answer, 2 or SECS seconds late
          429, 500, ...    an error of that status (400 to 599) in the API's shape
          502html, html    a gateway's HTML page with that status (502)
        Example: "sandbox_polls": "drop*2,500" drops two requests, answers 500 to the third, then behaves.

        With sandbox_create, a status means that no run was created; after drop, truncate, garbage and slow the run exists.
        Of the runs that one request adds to a group, the first that has sandbox_create decides for all of them.

        Control file (--control-file): faults for any request, before anything else looks at it, and the fate of runs
          {"faults": [
            {"method": "POST", "path": "/v1/search", "times": 2, "status": 429, "retry_after": 1},
            {"path": "/v1/tasks/runs/*/result", "times": 1, "action": "drop"},
            {"path": "/v1/tasks/runs", "action": "slow", "seconds": 3},
            {"probability": 0.05, "seed": 1, "status": 500},
            {"method": "POST", "path": "/v1/tasks/groups/*/runs", "probability": 0.02, "seed": 2, "action": "lose"},
            {"every": 40, "times": 5, "after": 39, "status": 429, "retry_after": 1},
            {"path": "/v1/tasks/groups/*/events", "probability": 0.5, "action": "cut", "events": 1, "events_to": 500}
          ],
          "runs": [
            {"percent": 1, "seed": 7, "status": "failed", "error": "No luck"},
            {"percent": 10, "delay": 1, "delay_to": 20}
          ]}
        The first fault that matches and is not used up applies. Its members:
          method, path     which requests it is about, all of them when left out; * in a path stands for one segment
          status, action   what happens: one of the words above or "delay" (as slow); "html" may have a status beside it
          times            how many requests are hit; always when left out
          after            how many matching requests pass before
          every            begin anew after so many matching requests, of which the first "times" (1) are hit
          probability      hit only so large a share (0 to 1) of them; which ones follows from "seed" and their number
          events           cut: whole events before the break (N of cut:N, or 1); up to events_to, when given, drawn by
                           the seed
          seconds          slow: how late (2)
          retry_after      the retry-after header of the status
        Counts go up to 1000000000.
        Under "runs" stands what becomes of runs whose metadata does not say it: percent of them (all), picked by their
        input and the seed and by nothing else, so that the same input always has the same fate, end with status and
        error, and after delay seconds, or a time between delay and delay_to. All rules that pick a run apply to it, the
        earlier ones first. Saving the file starts the counts anew.

        """
}

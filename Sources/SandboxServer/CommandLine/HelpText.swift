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
          --log-responses     with --log, include the bodies of responses
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
          truncate         the answer stops halfway: the connection closes before the announced length, or, for
                           events, after what was known when the stream began
          garbage          status 200 and a body that is no JSON
          slow, slow:SECS  the real answer, 2 or SECS seconds late
          429, 500, ...    an error of that status (400 to 599) in the API's shape
          502html, html    a gateway's HTML page with that status (502)
        Example: "sandbox_polls": "drop*2,500" drops two requests, answers 500 to the third, then behaves.

        With sandbox_create, a status means that no run was created; after drop, truncate, garbage and slow the run exists.

        Control file (--control-file): faults for any request, before anything else looks at it
          {"faults": [
            {"method": "POST", "path": "/v1/search", "times": 2, "status": 429, "retry_after": 1},
            {"path": "/v1/tasks/runs/*/result", "times": 1, "action": "drop"},
            {"path": "/v1/tasks/runs", "action": "slow", "seconds": 3}
          ]}
        The first fault that matches and is not used up applies. method and path may be left out, * in a path stands for
        one segment, times left out means always. action is one of the words above or "delay" (as slow); "html" may have
        a status beside it. Saving the file starts the counts anew.

        """
}

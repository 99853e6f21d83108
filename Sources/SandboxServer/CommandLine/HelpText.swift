/// The texts that `--help` and `help scenarios` print.
enum HelpText {
    static let usage = """
        parallel-sandbox: a local stand-in for the Parallel API, for developing and
        testing without a key

        Usage:
          parallel-sandbox serve [options] [--port N] [--ready-file FILE]
          parallel-sandbox run [options] -- COMMAND [ARGUMENT]...
          parallel-sandbox help [scenarios|--man]
          parallel-sandbox completion bash|zsh|fish

        serve listens on 127.0.0.1 until it gets SIGINT or SIGTERM, then exits with 0.
        It prints the lines that tell another shell where it is (export
        PARALLEL_BASE_URL=... and so on) on standard output. In a browser on this
        machine, / shows requests, runs, groups and webhooks as they come, and has
        buttons that make them slow or fail.
        run listens on a free port, runs COMMAND with PARALLEL_BASE_URL,
        PARALLEL_API_URL, PARALLEL_API_KEY and PARALLEL_WEBHOOK_SECRET set for it, as
        are base URL and key of OPENAI, ANTHROPIC, GEMINI and XAI, and exits with its
        exit code (128 + the signal's number if a signal killed it, 127 if there is no
        such command).
        help --man prints a manual page, completion a script for a shell.

        Options of serve:
          --port N            port to listen on; 0, the default, takes a free one
          --ready-file FILE   write the base URL to FILE, in one step, as soon as
                              connections are accepted

        Options of both:
          --delay SECONDS     time from a run's creation to its end (default 0.5);
                              decimals are allowed
          --examples          answer every request to the API with an example, whatever
                              ids it names, and check only the types of the body's own
                              members: for tests that were generated from the API's
                              description
          --rows-per-minute N answer 429 to a request that would create more than N runs
                              in a minute (default: no quota)
          --rate-window SECONDS
                              count them over this time instead of a minute
          --control-file FILE faults for any request; re-read when it changes (see 'help
                              scenarios')
          --balance DOLLARS   credit of the account, such as 0.25: a run reserves its
                              price when it begins, and is billed if it completes;
                              without enough, creating runs is refused with 402 (default
                              no limit)
          --token-lifetime SECONDS
                              time for which a token of /mcp/oauth is valid (default
                              600); refresh tokens rotate, and one that is used twice
                              ends the login
          -v, --verbose       show each request in a line: method, path, status, time
                              until the answer
          --log FILE          append JSON lines: requests, responses and the ends of
                              runs; no keys
          --log-responses     with --log, include the bodies of responses; those of
                              streams chunk by chunk, as sent
          --stream-limit SECONDS
                              time after which an event stream ends (default 570, of a
                              group 3600)
          -h, --help          print this and exit
          --version           print the version and exit

        Endpoints:
          POST /v1/tasks/runs                  create a run
          GET  /v1/tasks/runs/ID               its state
          GET  /v1/tasks/runs/ID/result        its result; waits up to ?timeout=SECONDS
                                               (default 600)
          GET  /v1/tasks/runs/ID/input         the request that created it
          GET  /v1/tasks/runs/ID/events        its progress as server-sent events
                                               (/v1beta too)
          POST /v1/tasks/groups                create a group of runs (all of these
                                               under /v1beta too)
          GET  /v1/tasks/groups/ID             its counts by status
          POST /v1/tasks/groups/ID/runs        add 1 to 1000 runs to it
          GET  /v1/tasks/groups/ID/runs        its runs in their current state, as
                                               server-sent events
          GET  /v1/tasks/groups/ID/runs/ID     the state of one run
          GET  /v1/tasks/groups/ID/events      its progress as server-sent events
          POST /v1beta/tasks/suggest           a task for a plain-language intent
          POST /v1beta/tasks/suggest-processor processors for a task
          POST /v1beta/findall/ingest          what an objective looks for
          POST /v1beta/findall/runs            find all that fulfil conditions; .../ID,
                                               /result, /schema, /events, /enrich,
                                               /extend and /cancel below it
          POST /v1beta/findall/entity-search   companies or people, not verified
          POST /v1/search                      search
          POST /v1/extract                     read pages
          POST /v1/images/search               find images
          POST /v1/places/search               find places
          POST /v1/decisions                   typed answers
          POST /v1/monitors                    watch the web; /stats, .../ID, /update,
                                               /cancel, /trigger and /events below
          POST /v1beta/memory/retrieve         what was remembered; /evict, /clear
          POST /v1beta/chat/completions        a chat model
          POST /v1/responses                   answer with web search and MCP servers
          POST /mcp                            the MCP server with all of Parallel's
                                               tools, here web_search and web_fetch
          POST /mcp/search                     the Search MCP server: the same tools;
                                               needs no key
          POST /mcp/task                       the Task MCP server: createDeepResearch,
                                               createTaskGroup, getStatus,
                                               getResultMarkdown
          POST /openai/v1/responses            stand-ins for models with MCP servers;
          POST /anthropic/v1/messages          OPENAI_BASE_URL is URL/openai/v1,
          POST /gemini/v1beta/interactions     ANTHROPIC_BASE_URL URL/anthropic,
          POST /xai/v1/responses               GOOGLE_GEMINI_BASE_URL URL/gemini,
                                               XAI_BASE_URL URL/xai
          POST /mcp/oauth                      an MCP server that wants a login with
                                               OAuth: whoami (scope read), write_note
                                               (scope write)
          GET  /oauth/authorize                its login: whoever opens the address has
                                               signed in, so that BROWSER='curl -sL'
                                               will do; the scope deny is refused
          POST /oauth/register, /oauth/token, /oauth/revoke, /oauth/device
                                               clients and tokens; the client
                                               ci-bot with the secret sandbox-secret may
                                               sign in without a person
          POST /getServiceKeys/device/code     a login of the account: whoever opens its
                                               address has signed in; decision=deny,
                                               expire or slow in it decides otherwise
          GET  /getKeys/authorize              a login for a key: it leads back at once,
                                               with a refusal for decision=deny
          GET  /account/service/v1/balance     the account: credit, and next to it apps
                                               and their keys

        Any key that is not empty and does not contain "invalid" is accepted, in
        x-api-key or Authorization: Bearer, unless it was made here and deleted.
        Requests are checked as strictly as the API's documentation says. Answers are
        made up: they fit the output schema asked for and are the same for the same
        request. A field that is called year, price, ceo, website and the like gets a
        value that looks like one; other texts say "Sandbox", and citations point to
        sandbox.parallel.example. Automatic output is structured for pro and above, text
        for the tiers below. MCP servers of a run are really contacted, over http only:
        their tools are listed and the first allowed one is called with made-up
        arguments ('help scenarios' tells how to choose other tools and arguments).
        So are those of models. Which tools a model calls follows from the prompt: those
        that it names, else the first of each server; createDeepResearch only if the
        prompt says "research", and nothing if it has the id of a task. Anthropic takes
        https URLs only; its stand-in also takes http on this machine. xAI's REST form
        is assumed to be OpenAI's.
        Webhooks are called when a run ends or a monitor has looked, if their URL is
        http on this machine (127.0.0.1, [::1] or localhost). They are signed with the
        secret that serve prints, and called up to five times until they answer with
        2xx.

        Example:
          parallel-sandbox run -- sh -c 'curl -s "$PARALLEL_BASE_URL/v1/tasks/runs" \\
            -H "x-api-key: $PARALLEL_API_KEY" -H "content-type: application/json" \\
            -d "{\\"input\\": \\"Is it alive?\\", \\"processor\\": \\"lite\\"}"'

        """

    static let scenarios = """
        Scenarios: making a run slow, fail or answer oddly

        Metadata of a run (strings or numbers):
          sandbox_delay    seconds from creation to the end, such as 0 or 2.5
          sandbox_status   the final status: completed, failed, cancelled or
                           action_required
          sandbox_error    the error message of a failed run
          sandbox_warning  a warning in run.warnings
          sandbox_output   the exact content of the output: JSON for structured output,
                           else text; @input repeats the run's input
          sandbox_tools    the MCP tools that the run calls, in order, such as
                           find,crm/note*2,find!: with *N to repeat a call, SERVER/
                           before a tool that several servers have, and ! behind one
                           whose call fails
          sandbox_args     the arguments of these calls as a JSON object, or a list of
                           them, the last for all others
          sandbox_polls    faults of the requests for the result, in order
          sandbox_events   faults of the requests for the event stream, in order
          sandbox_create   faults of the creation itself, in the order of requests with
                           the same body
          sandbox_calls    at most so many MCP tool calls; without it, one of each
                           server
          sandbox_outcome  monitors: nothing or error, in place of something found
          sandbox_matches  FindAll: at most so many candidates match
          sandbox_reason   FindAll: the termination_reason of the run
          sandbox_retry    seconds in the retry-after header of scripted statuses; none
                           without it
        Any other key that starts with sandbox_ is refused with 422.

        Faults are words separated by commas, each with *N to repeat it; after the last
        one, nothing goes wrong:
          ok               nothing goes wrong
          drop             the connection closes without an answer
          lose             the request takes effect, then the connection closes without
                           an answer
          truncate         the answer stops halfway: the connection closes before the
                           announced length or, for events, after what was known when
                           the stream began
          cut, cut:N       an event stream breaks off within an event, after one or N
                           whole events; other answers are truncated
          garbage          status 200 and a body that is not JSON
          slow, slow:SECS  the real answer, 2 or SECS seconds late
          429, 500, ...    an error of that status (400 to 599) in the API's shape
          502html, html    a gateway's HTML page with that status (502)
        Example: "sandbox_polls": "drop*2,500" drops two requests, answers 500 to the
        third, then behaves.

        With sandbox_create, a status means that no run was created; after drop,
        truncate, garbage and slow the run exists. If one request adds several runs to a
        group, the first that has sandbox_create decides for all of them.

        Words in the prompt of a model, separated by spaces:
          sandbox:tools=T  the tools that the model calls, written as in sandbox_tools
          sandbox:args=A   their arguments as in sandbox_args, without spaces
          sandbox:list-fails   no server gives its tools
          sandbox:tool-fails   every call fails
          sandbox:pause        Anthropic: stop with pause_turn after the calls
          sandbox:incomplete   the answer is cut at its maximum of tokens
          sandbox:fails        the response fails (Anthropic: a refusal)
          sandbox:FAULT        one of the faults above, such as 429, cut:5 or lose

        Control file (--control-file): faults for any request, applied before any other
        check, and the outcome of runs
          {"faults": [
            {"method": "POST", "path": "/v1/search", "times": 2, "status": 429,
             "retry_after": 1},
            {"path": "/v1/tasks/runs/*/result", "times": 1, "action": "drop"},
            {"path": "/v1/tasks/runs", "action": "slow", "seconds": 3},
            {"probability": 0.05, "seed": 1, "status": 500},
            {"method": "POST", "path": "/v1/tasks/groups/*/runs", "probability": 0.02,
             "seed": 2, "action": "lose"},
            {"every": 40, "times": 5, "after": 39, "status": 429, "retry_after": 1},
            {"path": "/v1/tasks/groups/*/events", "probability": 0.5, "action": "cut",
             "events": 1, "events_to": 500}
          ],
          "runs": [
            {"percent": 1, "seed": 7, "status": "failed", "error": "No luck"},
            {"percent": 10, "delay": 1, "delay_to": 20},
            {"tools": "find*2,note!", "arguments": {"name": "Acme"}}
          ]}
        The first fault that matches and is not used up applies. Members of a fault:
          method, path     the requests that it matches (default all); * in a path
                           matches one segment
          status, action   the fault: a status, one of the words above, or "delay" (same
                           as slow); "html" may have a status too
          times            how many requests are hit (default all)
          after            how many matching requests pass first
          every            start over after this many matching requests, of which the
                           first "times" (1) are hit
          probability      hit only this share (0 to 1) of the requests; which ones
                           depends on "seed" and their number
          events           cut: the number of whole events before the break (N of cut:N,
                           or 1); with events_to, the seed picks a number between the
                           two
          seconds          slow: the delay (2)
          retry_after      the retry-after header of the status
        Counts go up to 1000000000.
        Under "runs" are outcomes of runs whose metadata sets none: percent of the runs
        (default all) end with status and error, after delay seconds or a time between
        delay and delay_to, and call the MCP tools of "tools" with "arguments", which
        are written as in sandbox_tools and sandbox_args. Only their input and the seed
        decide which, so that the same input always has the same outcome. All rules that
        pick a run apply to it, earlier ones first. Saving the file resets the counts.

        """
}

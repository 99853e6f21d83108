extension PageText {
    /// The rows of the lists, the details of each kind of thing, and what an empty list says.
    static let views = #"""

        const isOpen = request => request.progress === "waiting" || request.progress === "streaming";
        const elapsed = request => isOpen(request) ? Date.now() - request.time : request.ms ?? 0;

        function statusOf(request) {
          if (request.progress === "waiting") return ["waiting", "dim"];
          if (request.progress === "dropped") return ["no answer", "bad"];
          if (request.status === null) return ["broken off", "bad"];
          const color = request.status < 300 ? "good" : request.status < 400 ? "dim" : request.status < 500 ? "warn" : "bad";
          const rest = {streaming: " …", truncated: " cut", broken: " left"}[request.progress] || "";
          return [request.status + rest, request.progress === "truncated" ? "bad" : color];
        }
        const label = ([text, color]) => el("span", {class: `status ${color}`}, text);

        const RUN_COLORS = {completed: "good", failed: "bad", cancelled: "warn", action_required: "warn"};
        const runStatus = run => [run.status === "running" ? `running ${run.progress}%` : run.status, RUN_COLORS[run.status] || "dim"];

        // Whole ids would push what follows them out of a row.
        const short = text => text.replace(/([a-z]+_[0-9a-f]{6})[0-9a-f]{26}/g, "$1…");

        function webhookState(webhook) {
          const last = webhook.attempts.at(-1);
          if (!webhook.called) return ["not called", "warn"];
          if (!last) return ["calling", "dim"];
          if (last.status >= 200 && last.status < 300) return ["delivered", "good"];
          if (webhook.next === null) return ["given up", "bad"];
          return webhook.next > Date.now() ? [`retry in ${Math.ceil((webhook.next - Date.now()) / 1000)} s`, "warn"] : ["calling again", "warn"];
        }

        function counts(group) {
          const list = Object.entries(group.status.task_run_status_counts).map(([status, count]) => `${count} ${status}`);
          return list.join(", ") || "no runs yet";
        }
        function groupState(group) {
          const all = group.status.num_task_runs, by = group.status.task_run_status_counts;
          const ended = all - (by.queued || 0) - (by.running || 0) - (by.cancelling || 0);
          return [`${ended} of ${all}`, group.status.is_active ? "dim" : by.failed ? "warn" : "good"];
        }

        // For each list: a name for each thing, the words to filter by, what changes by itself, and its row.
        const LISTS = {
          requests: {
            key: request => request.number,
            text: request => `${request.method} ${request.target} ${request.rpc ?? ""} ${statusOf(request)[0]} ${String(request.status ?? "")[0]}xx ${request.reason ?? ""} ${request.fault ?? ""}`,
            stamp: request => isOpen(request) ? Math.round(elapsed(request) / 500) : 0,
            row: request => [
              time(request.time), el("span", {class: "method mono"}, request.method),
              el("span", {class: "mono", title: request.target}, short(request.target), request.rpc && el("span", {class: "rpc"}, `  ${request.rpc}`)),
              el("span", {}, request.fault && el("span", {class: "tag"}, request.fault)),
              label(statusOf(request)), el("span", {class: "ms"}, duration(elapsed(request))),
              ...(request.reason ? [el("span", {class: "why"}, request.reason.split("\n").join("  ·  "))] : []),
            ],
          },
          runs: {
            key: run => run.id,
            text: run => `${run.id} ${run.status} ${run.processor} ${run.input} ${run.error ?? ""}`,
            stamp: () => 0,
            row: run => [
              time(run.created), label(runStatus(run)), el("bdi", {class: "words-cell"}, run.input),
              el("span", {class: "dim extra"}, run.processor),
              el("span", {class: "dim extra"}, run.tools ? counted(run.tools, "call") : ""),
            ],
          },
          groups: {
            key: group => group.taskgroup_id,
            text: group => `${group.taskgroup_id} ${counts(group)}`,
            stamp: () => 0,
            row: group => [
              time(group.created_at), label(groupState(group)), el("span", {class: "mono words-cell"}, group.taskgroup_id),
              el("span", {class: "dim words-cell"}, counts(group)),
            ],
          },
          webhooks: {
            key: webhook => webhook.id,
            text: webhook => `${webhook.url} ${webhook.subject} ${webhookState(webhook)[0]}`,
            stamp: webhook => webhookState(webhook)[0],
            row: webhook => [
              time(webhook.time), label(webhookState(webhook)), el("span", {class: "mono words-cell"}, webhook.url),
              el("span", {class: "mono dim words-cell"}, webhook.subject),
            ],
          },
        };

        const setup = `export PARALLEL_BASE_URL=${location.origin} PARALLEL_API_KEY=sandbox-key`;
        const EMPTY = {
          requests: ["Nothing has been asked yet", "Point a program here and send something. In a shell:",
            `${setup}\nparallel task run 'Who founded Intel?'`, "Or without parallel:",
            `curl ${location.origin}/v1/search -H 'x-api-key: sandbox-key' \\\n  -H 'content-type: application/json' \\\n  -d '{"objective": "heat pumps", "search_queries": ["heat pumps"]}'`],
          runs: ["No run yet", "Runs of no group appear here with their events, tool calls and webhooks:",
            `${setup}\nparallel task run -p pro 'Who founded Intel?'`, "A run that calls a tool of the sandbox's own MCP server:",
            `parallel task run -p pro 'Who founded Intel?' --mcp parallel-search`],
          groups: ["No group yet", "A batch makes one:",
            `${setup}\nprintf 'company\\nIntel\\nAMD\\n' > companies.csv\nparallel batch run companies.csv -o out.csv --template 'Who founded {company}?'`],
          webhooks: ["No webhook yet", "Runs and monitors call http addresses on this machine when something has happened. In two shells:",
            "parallel webhook listen --port 8790", null,
            `${setup}\nparallel task run 'Who founded Intel?' --webhook http://127.0.0.1:8790/`],
        };
        function empty(name) {
          const [title, ...lines] = EMPTY[name];
          return el("div", {class: "empty"}, el("h2", {}, title),
            lines.map((line, index) => line === null ? null : index % 2 === 0 ? el("p", {}, line) : box(line)));
        }

        // MARK: Details

        function heading(title) {
          return el("div", {class: "head"}, el("h2", {}, title),
            el("button", {click: () => { location.hash = tab; }, title: "Close (Escape)"}, "Close"));
        }
        const facts = (...list) => el("p", {class: "facts"}, list.filter(Boolean).map(fact => fact instanceof Node ? fact : el("span", {}, fact)));
        const fields = list => el("dl", {}, list.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
        const link = (hash, text) => el("button", {class: "link mono", click: () => { location.hash = hash; }}, text);

        // The command line of a request, if a terminal takes it as text and nothing is missing.
        function curl({summary, headers, body}) {
          const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
          const text = summary.method + summary.target + body.text;
          if (body.kept < body.size || /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)) return null;
          const kept = headers.filter(([name]) => ["accept", "content-type", "parallel-beta"].includes(name));
          return [`curl -X ${quoted(summary.method)} ${quoted(location.origin + summary.target)} -H 'x-api-key: sandbox-key'`,
            ...kept.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
            ...(body.size ? [`--data-raw ${quoted(body.text)}`] : [])].join(" \\\n  ");
        }

        const DETAILS = {
          requests(exchange) {
            const {summary} = exchange;
            const ids = new Set(`${summary.target} ${exchange.answer.text} ${exchange.body.text}`.match(/t(run|grp)_[0-9a-f]{32}/g));
            const command = curl(exchange);
            return [
              heading(`${summary.method} ${summary.target}`),
              facts(label(statusOf(summary)), duration(elapsed(summary)), day(summary.time), `number ${summary.number}`),
              summary.fault && el("div", {class: "why-box"}, el("b", {}, "Went wrong on purpose"),
                `Asked for by: ${summary.fault}`),
              summary.reason && el("div", {class: "why-box"}, el("b", {}, "Why it was refused"), summary.reason),
              el("div", {class: "actions"}, command && copied(command, "Copy as curl"),
                [...ids].slice(0, 5).map(id => link(`${id.startsWith("trun") ? "runs" : "groups"}/${id}`, id))),
              el("h3", {}, "Request"), body(exchange.body, "No body."),
              el("h3", {}, "Header fields of the request"), fields(exchange.headers),
              el("h3", {}, "Answer"), body(exchange.answer, isOpen(summary) ? "Nothing yet." : "No body."),
              el("h3", {}, "Header fields of the answer"),
              exchange.answer_headers.length ? fields(exchange.answer_headers) : el("p", {class: "dim"}, "None."),
            ];
          },
          runs(run) {
            const {summary} = run;
            const calls = webhooksOf(summary.id);
            return [
              heading(summary.id),
              facts(label(runStatus(summary)), `processor ${summary.processor}`, day(summary.created),
                `last change after ${duration(new Date(summary.modified) - new Date(summary.created))}`),
              summary.error && el("div", {class: "why-box"}, el("b", {}, "Why it failed"), summary.error),
              run.warnings.map(warning => el("div", {class: "why-box"}, el("b", {}, "Warning"), warning.message ?? "")),
              el("div", {class: "actions"}, run.group && link(`groups/${run.group}`, run.group),
                el("button", {class: "link", click: () => search(summary.id)}, "Requests about it")),
              el("h3", {}, "Events"),
              run.events.length ? el("ol", {}, run.events.map(event => el("li", {class: "step"}, time(event.timestamp),
                el("span", {class: "dim"}, event.type.split(".").at(-1)), el("bdi", {}, event.message))))
                : el("p", {class: "dim"}, run.records_events ? "None yet." : "Not recorded: the run was created without enable_events."),
              el("h3", {}, "Tool calls"),
              run.tool_calls.length ? run.tool_calls.map(call => el("div", {class: "call"}, el("h4", {}, `${call.server} / ${call.tool}`),
                call.error && el("div", {class: "why-box"}, el("b", {}, "Error"), call.error),
                el("h5", {}, "Arguments"), body(call.arguments, "None."),
                call.content && [el("h5", {}, "Response"), body(call.content, "Empty.")]))
                : el("p", {class: "dim"}, "None."),
              el("h3", {}, "Webhook"),
              calls.length ? calls.map(call => [el("p", {class: "mono"}, call.url), attempts(call)]) : el("p", {class: "dim"}, run.webhook ? `${run.webhook} is called when the run has ended.` : "None."),
              el("h3", {}, "Request"), body(run.request, "None."),
              el("h3", {}, "Output"), body(run.output, summary.status === "completed" ? "None." : "None: the run is not completed."),
            ];
          },
          groups({group, runs}) {
            const all = group.status.num_task_runs;
            return [
              heading(group.taskgroup_id),
              facts(label(groupState(group)), counts(group), day(group.created_at)),
              el("div", {class: "actions"}, el("button", {class: "link", click: () => search(group.taskgroup_id)}, "Requests about it")),
              group.metadata && [el("h3", {}, "Metadata"), box(JSON.stringify(group.metadata))],
              el("h3", {}, all > runs.length ? `The first ${runs.length} of its runs` : "Runs"),
              runs.length ? el("ol", {}, runs.map(run => el("li", {class: "step"}, time(run.modified), label(runStatus(run)),
                el("bdi", {}, link(`runs/${run.id}`, run.input), run.error && el("span", {class: "bad"}, ` ${run.error}`)))))
                : el("p", {class: "dim"}, "None yet."),
            ];
          },
          webhooks(webhook) {
            return [
              heading(webhook.url),
              facts(label(webhookState(webhook)), webhook.id, day(webhook.time)),
              el("div", {class: "actions"}, webhook.subject.startsWith("trun_") ? link(`runs/${webhook.subject}`, webhook.subject)
                : el("span", {class: "mono"}, webhook.subject)),
              el("h3", {}, "Attempts"), attempts(webhook),
            ];
          },
        };

        function attempts(webhook) {
          if (!webhook.called) return el("p", {class: "words"}, `${webhook.url} is not called: only http on this machine (127.0.0.1, [::1], localhost) is.`);
          const rows = webhook.attempts.map((attempt, index) => el("li", {class: "step"}, time(attempt.time),
            label(attempt.status === null ? ["no answer", "bad"] : [attempt.status, attempt.status >= 200 && attempt.status < 300 ? "good" : "bad"]),
            el("span", {class: "dim"}, `attempt ${index + 1} of 5, ${duration(attempt.ms)}`)));
          const next = webhook.next !== null && el("li", {class: "step"}, el("span", {class: "time"}, clock(webhook.next, true)),
            el("span", {class: "warn"}, "next try"), el("span", {class: "dim"}, `attempt ${webhook.attempts.length + 1} of 5`));
          return el("ol", {}, rows, next);
        }

        """#
}

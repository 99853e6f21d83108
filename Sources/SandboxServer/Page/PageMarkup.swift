extension PageText {
    /// What stands on the page before its script fills it.
    static let markup = #"""
        <header>
        <h1>parallel-sandbox</h1>
        <button id="address" class="quiet" title="Copy the lines that point programs here"></button>
        <span id="live" role="status">starting</span>
        </header>

        <details id="faults">
        <summary><span>Make something go wrong</span><span id="active" role="status"></span></summary>
        <div class="faults">
        <div class="line" id="buttons">
        <label>For <select id="times">
        <option value="1">the next request</option><option value="3">the next 3 requests</option>
        <option value="10">the next 10 requests</option><option value="">all requests until cleared</option>
        </select></label>
        <label>to <select id="route">
        <option value="">any route</option>
        <option value="POST /v1/tasks/runs">POST /v1/tasks/runs</option>
        <option value="GET /v1/tasks/runs/*">GET /v1/tasks/runs/*</option>
        <option value="GET /v1/tasks/runs/*/result">GET /v1/tasks/runs/*/result</option>
        <option value="GET /v1/tasks/runs/*/events">GET /v1/tasks/runs/*/events</option>
        <option value="POST /v1/tasks/groups/*/runs">POST /v1/tasks/groups/*/runs</option>
        <option value="GET /v1/tasks/groups/*/events">GET /v1/tasks/groups/*/events</option>
        <option value="POST /v1/search">POST /v1/search</option>
        <option value="POST /v1/extract">POST /v1/extract</option>
        <option value="POST /mcp">POST /mcp</option>
        </select></label>
        </div>
        <div class="line" id="run-buttons"><span>New runs, until cleared:</span></div>
        <details class="own"><summary>Own rules, as in a control file</summary>
        <label for="rules">What <code>--control-file</code> takes (<code>parallel-sandbox help scenarios</code>):</label>
        <textarea id="rules" rows="3" spellcheck="false">{"faults": [{"path": "/v1/search", "every": 3, "status": 503}]}</textarea>
        <button id="add">Add these rules</button>
        </details>
        <p id="problem" role="alert" hidden></p>
        <div id="pressed"></div>
        </div>
        </details>

        <nav>
        <div role="tablist" aria-label="What to show" id="tabs"></div>
        <div class="tools">
        <input id="filter" type="search" placeholder="Filter: words such as POST 4xx search" aria-label="Filter"
        autocomplete="off" spellcheck="false">
        <button id="pause" aria-pressed="false">Pause</button>
        <button id="clear">Clear</button>
        </div>
        </nav>

        <main>
        <section id="lists" role="tabpanel" aria-labelledby="tab-requests"></section>
        <article id="detail" aria-label="Details" tabindex="-1" hidden></article>
        </main>
        """#
}

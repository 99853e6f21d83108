extension PageText {
    /// What the page does: it asks the sandbox twice a second what has changed, and sends what its buttons ask for.
    static let course = #"""

        let tab = "requests", opened = null, shown = "", isPaused = false, instance = "";
        let version = 0, runsVersion = "", webhooksVersion = "", first = 1, total = 0;
        const requests = new Map();
        const things = {requests: [], runs: [], groups: [], webhooks: []};
        const webhooksOf = id => things.webhooks.filter(webhook => webhook.subject === id);

        async function ask(path, method = "GET", content) {
          const options = {method, cache: "no-store", headers: {"x-sandbox-page": "1"}};
          if (content) {
            options.headers["content-type"] = "application/json";
            options.body = JSON.stringify(content);
          }
          const answer = await fetch(`/_sandbox/${path}`, options);
          if (answer.status === 404) return null;
          if (!answer.ok) throw new Error((await answer.text()).trim());
          return answer.json();
        }

        // MARK: Lists

        function filtered(name) {
          const wanted = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
          if (!wanted.length) return things[name];
          return things[name].filter(thing => {
            const text = LISTS[name].text(thing).toLowerCase();
            return wanted.every(word => text.includes(word));
          });
        }

        function draw() {
          for (const [name] of TABS) {
            const number = name === "requests" ? total : things[name].length;
            $(`tab-${name}`).lastChild.textContent = number ? ` ${number.toLocaleString("en")}` : "";
            $(`list-${name}`).hidden = name !== tab;
          }
          const {key, stamp, row} = LISTS[tab];
          const items = filtered(tab), isEmpty = things[tab].length === 0;
          const [note, list, nothing] = $(`list-${tab}`).children;
          sync(list, items, key, thing => `${JSON.stringify(thing)} ${stamp(thing)}`, row);
          for (const node of list.children) node.firstChild.setAttribute("aria-current", node.dataset.key === opened?.id);
          nothing.hidden = !isEmpty;
          const notes = [];
          if (!isEmpty && !items.length) notes.push("Nothing matches the filter.");
          if (tab === "requests" && first > 1 && !isEmpty) notes.push(`Requests before number ${first} are no longer kept.`);
          if ((tab === "runs" || tab === "groups") && things[tab].length >= 200) notes.push("The last 200 are shown.");
          note.textContent = notes.join(" ");
          note.hidden = !notes.length;
        }

        function take(state) {
          if (state.instance !== instance) {
            // Another sandbox has taken the port.
            const isOther = instance !== "";
            instance = state.instance;
            requests.clear();
            version = 0;
            runsVersion = webhooksVersion = "";
            if (isOther) return;
          }
          faults(state.faults);
          if (isPaused) return;
          ({version, first, total} = state);
          for (const request of state.requests) requests.set(request.number, request);
          for (const number of requests.keys()) if (number < first) requests.delete(number);
          things.requests = [...requests.values()].sort((one, other) => other.number - one.number);
          if (state.runs) Object.assign(things, {runs: state.runs, groups: state.groups});
          if (state.webhooks) things.webhooks = state.webhooks;
          runsVersion = state.runs_version;
          webhooksVersion = state.webhooks_version;
          draw();
        }

        async function poll() {
          try {
            const query = new URLSearchParams({after: version, runs: runsVersion, webhooks: webhooksVersion});
            take(await ask(`state?${query}`));
            if (opened && !isPaused) await detail();
            live(isPaused ? "paused" : "live", isPaused ? "" : "on");
          } catch (error) {
            live(error instanceof TypeError ? "The sandbox does not answer" : error.message, "off");
          }
          setTimeout(poll, document.hidden ? 3000 : 500);
        }
        function live(text, name) {
          if ($("live").textContent !== text) $("live").textContent = text;
          $("live").className = name;
        }

        // MARK: Details

        // What a change of the opened thing changes; the same sign means that nothing is to be drawn.
        function sign() {
          const thing = things[opened.tab].find(thing => String(LISTS[opened.tab].key(thing)) === opened.id);
          const extra = opened.tab === "runs" ? [webhooksOf(opened.id), thing ? "" : runsVersion] : opened.tab === "groups" ? runsVersion : "";
          return JSON.stringify([opened, thing, thing && LISTS[opened.tab].stamp(thing), extra]);
        }

        async function detail() {
          const {tab: kind, id} = opened, now = sign();
          if (now === shown) return;
          let found;
          if (kind === "webhooks") found = things.webhooks.find(webhook => webhook.id === id);
          else found = await ask(`${kind}/${encodeURIComponent(id)}`);
          if (!opened || opened.tab !== kind || opened.id !== id) return;
          const isNew = $("detail").dataset.of !== `${kind}/${id}`;
          const place = $("detail").scrollTop, places = [...$("detail").querySelectorAll("pre")].map(node => node.scrollTop);
          const hadFocus = isNew || $("detail").contains(document.activeElement);
          const parts = found ? DETAILS[kind](found) : [heading(id), el("p", {class: "dim"}, "This is no longer kept.")];
          $("detail").replaceChildren(...parts.flat(3).filter(part => part instanceof Node));
          $("detail").dataset.of = `${kind}/${id}`;
          $("detail").scrollTop = isNew ? 0 : place;
          if (!isNew) $("detail").querySelectorAll("pre").forEach((node, index) => { node.scrollTop = places[index] ?? 0; });
          if (hadFocus) $("detail").focus({preventScroll: true});
          if (isNew) document.querySelector("nav").scrollIntoView({block: "nearest"});
          if (isNew && $("detail").getBoundingClientRect().top > window.innerHeight / 2) $("detail").scrollIntoView();
          shown = now;
        }

        function follow() {
          const [name, ...rest] = location.hash.slice(1).split("/");
          const kind = LISTS[name] ? name : "requests";
          const id = rest.join("/");
          const before = opened;
          opened = id ? {tab: kind, id} : null;
          // A run of a group is not in the list of runs: the group stays beside it.
          const stays = opened && before && kind === "runs" && tab === "groups" && !things.runs.some(run => run.id === id);
          if (!stays) tab = kind;
          shown = "";
          for (const [other] of TABS) {
            $(`tab-${other}`).setAttribute("aria-selected", other === tab);
            $(`tab-${other}`).tabIndex = other === tab ? 0 : -1;
          }
          $("lists").setAttribute("aria-labelledby", `tab-${tab}`);
          $("clear").hidden = tab === "runs" || tab === "groups";
          $("detail").hidden = !opened;
          document.querySelector("main").className = opened ? "open" : "";
          draw();
          if (opened) detail().catch(() => {});
          else {
            delete $("detail").dataset.of;
            $("detail").replaceChildren();
            const row = before && [...$(`list-${tab}`).children[1].children].find(node => node.dataset.key === before.id);
            if (row) row.firstChild.focus();
          }
        }

        function search(text) {
          $("filter").value = text;
          location.hash = "requests";
        }

        // MARK: Faults

        const BUTTONS = [
          ["Rate limit", {status: 429, retry_after: 1}, "429, with retry-after: 1"],
          ["Server error", {status: 500}, "500 in the API's shape"],
          ["Slow answer", {action: "slow", seconds: 3}, "The real answer, three seconds late"],
          ["Lose the answer", {action: "lose"}, "The request takes effect, then the connection closes without an answer"],
          ["Cut the answer", {action: "cut"}, "The answer stops halfway; an event stream after one event"],
          ["Gateway page", {action: "html", status: 502}, "502 with a page in HTML, as from something in front of the API"],
        ];
        const RUNS = [
          ["Slow runs", {delay: 10}, "Ten seconds from creation to the end"],
          ["Fail runs", {status: "failed", error: "Failed because the sandbox's page says so"}, "Runs end with the status failed"],
        ];

        async function press(name, rules) {
          try {
            faults((await ask("faults", "POST", {name, rules})).faults);
            problem("");
            return true;
          } catch (error) { problem(`Not added: ${error.message}`); }
        }
        function problem(text) {
          $("problem").textContent = text;
          $("problem").hidden = !text;
        }
        function pressFault(name, fault) {
          const [method, path] = $("route").value.split(" ");
          const times = $("times").value;
          return press(name, {faults: [{...(path && {method, path}), ...(times && {times: Number(times)}), ...fault}]});
        }
        async function unpress(id) {
          try { faults((await ask(id ? `faults/${id}` : "faults", "DELETE")).faults); } catch (error) { problem(error.message); }
        }

        let listed = "";
        function faults(list) {
          const now = JSON.stringify(list);
          if (now === listed) return;
          listed = now;
          $("active").textContent = list.length ? `${list.length} active` : "nothing is active";
          $("active").className = list.length ? "on" : "";
          const rows = list.map(fault => {
            const rules = JSON.stringify(fault.rules);
            return el("div", {class: "pressed"}, el("b", {}, fault.name), el("code", {title: rules}, rules),
              el("span", {}, fault.left === null ? "until cleared" : `${fault.left} left`),
              el("button", {click: () => unpress(fault.id), "aria-label": `Clear ${fault.name}`}, "Clear"));
          });
          if (list.length > 1) rows.push(el("div", {}, el("button", {click: () => unpress()}, "Clear all")));
          $("pressed").replaceChildren(...rows);
        }

        // MARK: Start

        for (const [name, title] of TABS) {
          const button = el("button", {role: "tab", id: `tab-${name}`, "aria-controls": "lists", click: () => { location.hash = name; }},
            title, el("b", {}));
          $("tabs").append(button);
          $("lists").append(el("div", {id: `list-${name}`, class: name, hidden: ""}, el("p", {class: "note", hidden: ""}),
            el("ul", {"data-name": name}), empty(name)));
        }
        for (const [name, fault, says] of BUTTONS) $("buttons").append(el("button", {title: says, click: () => pressFault(name, fault)}, name));
        for (const [name, rule, says] of RUNS) $("run-buttons").append(el("button", {title: says, click: () => press(name, {runs: [rule]})}, name));
        $("add").addEventListener("click", () => {
          let rules;
          try { rules = JSON.parse($("rules").value); } catch (error) { return problem(`Not added: ${error.message}`); }
          return press("Own rules", rules);
        });
        $("address").append(location.origin);
        $("address").addEventListener("click", event => copy(event.currentTarget, setup));
        $("filter").addEventListener("input", draw);
        $("pause").addEventListener("click", () => {
          isPaused = !isPaused;
          $("pause").setAttribute("aria-pressed", isPaused);
          live(isPaused ? "paused" : "live", isPaused ? "" : "on");
        });
        $("clear").addEventListener("click", async () => {
          try {
            await ask(tab, "DELETE");
            if (tab === "requests") { requests.clear(); first = Infinity; }
            things[tab] = [];
            draw();
          } catch (error) { live(error.message, "off"); }
        });
        $("tabs").addEventListener("keydown", event => {
          const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
          if (!step) return;
          const next = (TABS.findIndex(([name]) => name === tab) + step + TABS.length) % TABS.length;
          location.hash = TABS[next][0];
          $(`tab-${TABS[next][0]}`).focus();
        });
        $("lists").addEventListener("keydown", event => {
          const row = event.target.closest("li");
          const next = row && (event.key === "ArrowDown" ? row.nextSibling : event.key === "ArrowUp" ? row.previousSibling : null);
          if (!next) return;
          event.preventDefault();
          next.firstChild.focus();
        });
        document.addEventListener("keydown", event => {
          if (event.key === "Escape" && opened && event.target.tagName !== "INPUT" && event.target.tagName !== "TEXTAREA") location.hash = tab;
        });
        window.addEventListener("hashchange", follow);
        $("faults").open = window.matchMedia("(min-width: 641px)").matches;
        follow();
        poll();

        """#
}

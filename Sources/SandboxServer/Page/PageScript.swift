extension PageText {
    /// The script, in two parts: what the page is made of, and what it does.
    static let script = elements + views + course

    /// Text as nodes, times, JSON, and what changes lists in place. Nothing but `textContent` ever shows data.
    private static let elements = #"""

        "use strict";
        const $ = id => document.getElementById(id);
        const TABS = [["requests", "Requests"], ["runs", "Runs"], ["groups", "Groups"], ["webhooks", "Webhooks"]];

        // Control characters, and those that turn the direction of text around, are shown by their number.
        const ODD = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}])/u;
        function words(text) {
          return String(text).split(ODD).map((part, index) => {
            if (index % 2 === 0) return document.createTextNode(part);
            const odd = document.createElement("span");
            odd.className = "odd";
            odd.textContent = "U+" + part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
            return odd;
          });
        }

        function el(tag, attributes = {}, ...children) {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) {
            if (name === "click") node.addEventListener("click", value);
            else node.setAttribute(name, value);
          }
          for (const child of children.flat(3)) {
            if (child instanceof Node) node.append(child);
            else if (child !== null && child !== undefined && child !== false) node.append(...words(child));
          }
          return node;
        }

        const two = number => String(number).padStart(2, "0");
        function clock(time, isExact) {
          const date = new Date(time);
          const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
          return isExact ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
        }
        function day(time) {
          const date = new Date(time);
          return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(time, true)}`;
        }
        function duration(ms) {
          if (ms < 1) return "< 1 ms";
          if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
          if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
          return `${Math.floor(ms / 60000)} min ${Math.round(ms % 60000 / 1000)} s`;
        }
        const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
        const time = at => el("span", {class: "time", title: day(at)}, clock(at, true));

        // Indents JSON without touching its strings and numbers; text may end anywhere.
        function pretty(text) {
          if (!/^\s*[{[]/.test(text)) return text;
          let out = "", depth = 0, place = 0;
          const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
          while (place < text.length) {
            const start = place, letter = text[place];
            place += 1;
            if (letter === '"') {
              while (place < text.length && text[place] !== '"') place += text[place] === "\\" ? 2 : 1;
              place += 1;
              out += text.slice(start, place);
            } else if (letter === "{" || letter === "[") {
              const end = /^\s*[}\]]/.exec(text.slice(place, place + 40));
              if (end) { out += letter + end[0].trim(); place += end[0].length; }
              else { depth += 1; out += letter + line(); }
            } else if (letter === "}" || letter === "]") { depth = Math.max(0, depth - 1); out += line() + letter; }
            else if (letter === ",") out += letter + line();
            else if (letter === ":") out += ": ";
            else if (!/\s/.test(letter)) out += letter;
          }
          return out;
        }

        async function copy(button, text) {
          const before = [...button.childNodes];
          let done = "Copied";
          try { await navigator.clipboard.writeText(text); } catch { done = "Not allowed"; }
          button.textContent = done;
          setTimeout(() => button.replaceChildren(...before), 1200);
        }
        const copied = (text, label = "Copy") => el("button", {click: event => copy(event.currentTarget, text)}, label);

        function box(text) { return el("div", {class: "box"}, el("pre", {}, pretty(text)), copied(text)); }

        // A body: {text, size, kept}.
        function body(part, none) {
          if (!part || part.size === 0) return el("p", {class: "dim"}, none);
          const isCut = part.kept < part.size;
          return [box(part.text), isCut && el("p", {class: "cut"},
            `Cut: the first ${part.kept.toLocaleString("en")} of ${part.size.toLocaleString("en")} bytes.`)];
        }

        // Makes the rows of a list equal to `items` and leaves alone, with its focus, what has not changed.
        const drawn = new WeakMap();
        function sync(list, items, key, stamp, draw) {
          const old = new Map([...list.children].map(node => [node.dataset.key, node]));
          let place = list.firstChild;
          for (const item of items) {
            const name = String(key(item)), sign = stamp(item);
            let node = old.get(name);
            if (node) old.delete(name);
            else {
              node = el("li", {}, el("button", {class: "row", click: () => { location.hash = `${list.dataset.name}/${name}`; }}));
              node.dataset.key = name;
            }
            if (drawn.get(node) !== sign) {
              node.firstChild.replaceChildren(...draw(item));
              drawn.set(node, sign);
            }
            if (node === place) place = place.nextSibling;
            else list.insertBefore(node, place);
          }
          for (const node of old.values()) node.remove();
        }

        """#
}

extension PageText {
    static let style = #"""

        :root {
          --back: #f4f5f7; --panel: #fff; --raised: #f9fafb; --text: #191c20; --dim: #5a6370; --line: #dde1e7;
          --accent: #0b5fd0; --soft: #e8f0fd; --good: #17733f; --warn: #8a5a00; --bad: #b8232c; --badsoft: #fdeeee;
          --mono: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace;
          color-scheme: light dark;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #0e1114; --panel: #15191e; --raised: #1b2026; --text: #e6e9ed; --dim: #99a3af; --line: #2a3038;
            --accent: #75b1ff; --soft: #17273d; --good: #5fce91; --warn: #e6b450; --bad: #ff8280; --badsoft: #2d1719;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { height: 100%; }
        body {
          margin: 0; height: 100%; display: flex; flex-direction: column; background: var(--back); color: var(--text);
          font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
        }
        code, pre, textarea, .mono { font-family: var(--mono); font-size: 12.5px; }
        h1, h2, h3 { margin: 0; font-weight: 600; }
        h1 { font-size: 16px; }
        h3 { font-size: 13px; margin: 18px 0 6px; }
        p { margin: 6px 0; }

        button, select, input, textarea {
          font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
        }
        button { padding: 4px 11px; cursor: pointer; }
        button:hover { border-color: var(--accent); }
        button[aria-pressed=true] { background: var(--soft); border-color: var(--accent); color: var(--accent); }
        select, input { padding: 4px 8px; }
        textarea { width: 100%; padding: 8px; resize: vertical; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
        .quiet { border-color: transparent; background: none; color: var(--dim); font-family: var(--mono); font-size: 12.5px; }
        .link { border: 0; background: none; padding: 0; color: var(--accent); text-align: left; }
        .link:hover { text-decoration: underline; }

        header { display: flex; align-items: center; gap: 8px; padding: 10px 16px 8px; }
        h1 { white-space: nowrap; }
        #live { margin-left: auto; color: var(--dim); white-space: nowrap; }
        #live::before {
          content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%;
          background: var(--dim);
        }
        #live.on::before { background: var(--good); }
        #live.off { color: var(--bad); }
        #live.off::before { background: var(--bad); }

        #faults { margin: 0 16px 10px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
        summary { cursor: pointer; }
        #faults > summary { padding: 8px 12px; font-weight: 600; }
        #active { font-weight: 400; color: var(--dim); margin-left: 10px; }
        #active.on { color: var(--bad); font-weight: 600; }
        .faults { padding: 2px 12px 12px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 9px; }
        .line label { display: flex; gap: 6px; align-items: center; min-width: 0; }
        .line select { min-width: 0; }
        .line { display: flex; flex-wrap: wrap; gap: 7px; align-items: center; }
        .line span, .line label, .own { color: var(--dim); }
        .line select { color: var(--text); max-width: 100%; }
        .own textarea { margin: 6px 0; color: var(--text); }
        .own button { color: var(--text); }
        #problem { color: var(--bad); margin: 0; }
        #pressed { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
        #pressed:empty { display: none; }
        .pressed {
          display: flex; gap: 10px; align-items: center; padding: 5px 6px 5px 11px; border-radius: 6px;
          border-left: 3px solid var(--bad); background: var(--badsoft);
        }
        .pressed b { white-space: nowrap; }
        .pressed code { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--dim); }
        .pressed span { white-space: nowrap; color: var(--dim); }
        .pressed button { padding: 1px 9px; }

        nav { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; padding: 0 16px; border-bottom: 1px solid var(--line); }
        [role=tablist] { display: flex; gap: 2px; }
        [role=tab] { border: 0; border-bottom: 2px solid transparent; border-radius: 0; background: none; color: var(--dim); padding: 7px 10px; }
        [role=tab][aria-selected=true] { color: var(--text); border-color: var(--accent); font-weight: 600; }
        [role=tab] b { font-weight: 400; color: var(--dim); font-variant-numeric: tabular-nums; }
        .tools { margin-left: auto; display: flex; gap: 6px; padding-bottom: 6px; flex: 0 1 460px; }
        .tools input { flex: 1; min-width: 0; }

        main { flex: 1; min-height: 0; display: flex; }
        #lists { flex: 1; min-width: 0; overflow: auto; background: var(--panel); }
        #detail {
          flex: 1.1; min-width: 0; overflow: auto; padding: 14px 18px 40px; background: var(--panel);
          border-left: 1px solid var(--line);
        }
        #detail:focus { outline: none; }
        ul { list-style: none; margin: 0; padding: 0; }
        .row {
          display: grid; gap: 0 12px; width: 100%; padding: 6px 16px; border: 0; border-bottom: 1px solid var(--line);
          border-radius: 0; background: none; text-align: left; align-items: baseline;
        }
        .row:hover { background: var(--raised); }
        .row[aria-current=true] { background: var(--soft); box-shadow: inset 3px 0 var(--accent); }
        .row:focus-visible { outline-offset: -2px; }
        .row > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .requests .row { grid-template-columns: 7.2em 4.6em minmax(0, 1fr) auto 5.6em 4.8em; }
        .requests .why { grid-column: 3 / -1; color: var(--bad); font-size: 12.5px; }
        .runs .row { grid-template-columns: 7.2em 8.4em minmax(0, 1fr) 7em 6em; }
        .groups .row { grid-template-columns: 7.2em 6.4em minmax(0, 1.2fr) minmax(0, 1fr); }
        .webhooks .row { grid-template-columns: 7.2em 8.4em minmax(0, 1fr) minmax(0, 1.1fr); }
        .rpc { color: var(--dim); }
        .time, .ms { color: var(--dim); font-variant-numeric: tabular-nums; }
        .ms { text-align: right; }
        .method { font-weight: 600; font-size: 12.5px; }
        .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .dim { color: var(--dim); }
        .status { font-weight: 600; font-variant-numeric: tabular-nums; }
        .tag { border-radius: 4px; padding: 0 6px; font-size: 12px; color: var(--bad); background: var(--badsoft); }
        .note { padding: 8px 16px; color: var(--dim); font-size: 12.5px; }
        .empty { padding: 34px 24px; max-width: 780px; margin: 0 auto; }
        .empty h2 { font-size: 15px; margin-bottom: 4px; }
        .empty p { color: var(--dim); }

        .head { display: flex; gap: 10px; align-items: start; }
        .head h2 { font-size: 15px; flex: 1; min-width: 0; overflow-wrap: anywhere; font-family: var(--mono); }
        .facts { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0 0; color: var(--dim); }
        .why-box { margin: 12px 0 0; padding: 9px 13px; border-left: 3px solid var(--bad); border-radius: 6px; background: var(--badsoft); }
        .why-box b { display: block; margin-bottom: 2px; }
        .why-box, .words { white-space: pre-wrap; overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 0; font-size: 12.5px; }
        dt { color: var(--dim); font-family: var(--mono); }
        dd { margin: 0; overflow-wrap: anywhere; font-family: var(--mono); unicode-bidi: isolate; }
        .box { position: relative; }
        .box + .box { margin-top: 8px; }
        .box > button { position: absolute; top: 6px; right: 6px; padding: 1px 9px; font-size: 12px; }
        pre {
          margin: 0; padding: 10px 70px 10px 12px; max-height: 60vh; overflow: auto; background: var(--raised);
          border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext;
        }
        .cut { color: var(--warn); font-size: 12.5px; margin: 4px 0 0; }
        .odd { color: var(--warn); background: var(--raised); border-radius: 3px; font-family: var(--mono); font-size: .9em; }
        ol { margin: 0; padding: 0; list-style: none; }
        .step { display: grid; grid-template-columns: 7.6em 8.6em minmax(0, 1fr); gap: 12px; padding: 4px 0; border-top: 1px solid var(--line); }
        .step:first-child { border-top: 0; }
        .step > * { overflow-wrap: anywhere; }
        .call { border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; margin-bottom: 10px; }
        .call h4 { margin: 0 0 6px; font: 600 13px var(--mono); overflow-wrap: anywhere; }
        .call h5 { margin: 8px 0 3px; font-size: 12.5px; font-weight: 600; color: var(--dim); }
        .actions { display: flex; flex-wrap: wrap; gap: 6px 14px; margin-top: 8px; }

        @media (max-width: 900px) {
          main.open #lists { display: none; }
          #detail { border-left: 0; }
        }
        @media (max-width: 640px) {
          html, body { height: auto; min-height: 100%; }
          h1 { font-size: 15px; }
          #address { padding: 4px 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
          header, nav { padding-left: 12px; padding-right: 12px; }
          #faults { margin: 0 12px 10px; }
          main { overflow: visible; }
          #lists, #detail { overflow: visible; }
          #detail { padding: 12px 12px 40px; }
          [role=tablist] { width: 100%; justify-content: space-between; }
          [role=tab] { padding: 7px 4px; }
          .tools { flex: 1 1 100%; }
          .pressed { flex-wrap: wrap; }
          .pressed code { order: 3; flex: 1 1 100%; }
          .pressed button { margin-left: auto; }
          .row { padding: 7px 12px; gap: 0 8px; }
          .requests .row { grid-template-columns: 3.9em minmax(0, 1fr) auto auto; }
          .requests .status { text-align: right; }
          .requests .time { order: 5; grid-column: 2; }
          .requests .ms { order: 6; grid-column: 3 / -1; }
          .requests .why { order: 7; grid-column: 2 / -1; }
          .runs .row, .groups .row, .webhooks .row { grid-template-columns: auto minmax(0, 1fr); }
          .runs .words-cell, .groups .words-cell, .webhooks .words-cell { grid-column: 1 / -1; order: 5; }
          .runs .time, .groups .time, .webhooks .time { order: 2; text-align: right; }
          .runs .extra { display: none; }
          .step { grid-template-columns: minmax(0, 1fr) auto; gap: 0 10px; }
          .step > :last-child { grid-column: 1 / -1; }
          dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
          dd { margin-bottom: 4px; }
          pre { padding: 10px 12px; }
          .box > button { position: static; margin-top: 5px; }
          .empty { padding: 24px 12px; }
        }

        """#
}

/// How a page looks: in light and dark, on paper, on a small screen.
enum HTMLStyle {
    /// Nothing may be loaded or run.
    static let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    static let sheet = """
        :root{color-scheme:light dark;--text:#1b1f24;--page:#fff;--quiet:#57606a;--line:#d0d7de;--soft:#f6f8fa;\
        --link:#0550ae;--good:#116329;--fair:#7d4e00;--bad:#a40e26}
        @media (prefers-color-scheme:dark){:root{--text:#e6edf3;--page:#0d1117;--quiet:#9198a1;--line:#3d444d;\
        --soft:#161b22;--link:#79b8ff;--good:#56d364;--fair:#e3b341;--bad:#ff7b72}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:1.0625rem/1.6 system-ui,sans-serif;\
        overflow-wrap:break-word}
        main{max-width:52rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
        h1,h2,h3,h4,h5,h6{line-height:1.3;margin:1.8em 0 .6em}
        h1{font-size:1.8rem;margin-top:0}h2{font-size:1.35rem;padding-bottom:.25em;border-bottom:1px solid var(--line)}
        h3{font-size:1.15rem}h4,h5,h6{font-size:1rem}
        p,ul,ol,dl,pre,blockquote,.table{margin:.8em 0}
        li{margin:.25em 0}
        a{color:var(--link);text-underline-offset:.15em}
        code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
        code{background:var(--soft);padding:.1em .3em;border-radius:4px}
        pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.8em 1em;overflow-x:auto}
        pre code{padding:0;background:none;font-size:inherit}
        blockquote{margin-inline:0;padding-inline-start:1em;border-inline-start:3px solid var(--line);\
        color:var(--quiet)}
        hr{border:0;border-top:1px solid var(--line);margin:2em 0}
        .table{overflow-x:auto}
        table{border-collapse:collapse;font-size:.95em}
        th,td{border:1px solid var(--line);padding:.4em .7em;text-align:start;vertical-align:top}
        th{background:var(--soft)}
        .whole{white-space:nowrap}.center{text-align:center}.end{text-align:end;font-variant-numeric:tabular-nums}
        dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.35em 1.2em}
        dt{font-weight:600}dd{margin:0;min-width:0}
        .inside{padding-inline-start:1em;border-inline-start:2px solid var(--line)}
        .note{font-size:.875rem;font-weight:400;color:var(--quiet);white-space:nowrap}
        .good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}.quiet{color:var(--quiet)}
        .sources li:target{background:var(--soft)}
        details{border:1px solid var(--line);border-radius:6px;padding:.5em 1em;margin:.6em 0}
        summary{cursor:pointer;font-weight:600}
        @media (max-width:40rem){dl{display:block}dd{margin:0 0 .6em}}
        @media print{
        :root{color-scheme:light;--text:#000;--page:#fff;--quiet:#444;--line:#bbb;--soft:#f4f4f4;--link:#000;\
        --good:#000;--fair:#000;--bad:#000}
        body{font-size:10.5pt}main{max-width:none;padding:0}
        h1,h2,h3,h4{break-after:avoid}tr,blockquote,dt{break-inside:avoid}
        pre{white-space:pre-wrap}.table{overflow:visible}.whole,.note{white-space:normal}
        details::details-content{content-visibility:visible;block-size:auto}
        }
        """
}

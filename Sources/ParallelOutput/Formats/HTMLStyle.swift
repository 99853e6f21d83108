/// How a page looks: in light and dark, on paper, on a small screen.
enum HTMLStyle {
    /// Nothing may be loaded or run.
    static let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    /// Its variables are capitalised, so that none looks like a flag of the program.
    static let sheet = """
        :root{color-scheme:light dark;--Text:#1b1f24;--Page:#fff;--Quiet:#57606a;--Line:#d0d7de;--Soft:#f6f8fa;\
        --Link:#0550ae;--Good:#116329;--Fair:#7d4e00;--Bad:#a40e26}
        @media (prefers-color-scheme:dark){:root{--Text:#e6edf3;--Page:#0d1117;--Quiet:#9198a1;--Line:#3d444d;\
        --Soft:#161b22;--Link:#79b8ff;--Good:#56d364;--Fair:#e3b341;--Bad:#ff7b72}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--Page);color:var(--Text);font:1.0625rem/1.6 system-ui,sans-serif;\
        overflow-wrap:break-word}
        main{max-width:52rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
        h1,h2,h3,h4,h5,h6{line-height:1.3;margin:1.8em 0 .6em}
        h1{font-size:1.8rem;margin-top:0}h2{font-size:1.35rem;padding-bottom:.25em;border-bottom:1px solid var(--Line)}
        h3{font-size:1.15rem}h4,h5,h6{font-size:1rem}
        p,ul,ol,dl,pre,blockquote,.table{margin:.8em 0}
        li{margin:.25em 0}
        a{color:var(--Link);text-underline-offset:.15em}
        code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
        code{background:var(--Soft);padding:.1em .3em;border-radius:4px}
        pre{background:var(--Soft);border:1px solid var(--Line);border-radius:6px;padding:.8em 1em;overflow-x:auto}
        pre code{padding:0;background:none;font-size:inherit}
        blockquote{margin-inline:0;padding-inline-start:1em;border-inline-start:3px solid var(--Line);\
        color:var(--Quiet)}
        hr{border:0;border-top:1px solid var(--Line);margin:2em 0}
        .table{overflow-x:auto}
        table{border-collapse:collapse;font-size:.95em}
        th,td{border:1px solid var(--Line);padding:.4em .7em;text-align:start;vertical-align:top}
        th{background:var(--Soft)}td{white-space:pre-line}
        .whole{white-space:nowrap}td.long{overflow-wrap:anywhere;min-width:9em}
        .center{text-align:center}.end{text-align:end;font-variant-numeric:tabular-nums}
        dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.35em 1.2em}
        dt{font-weight:600}dd{margin:0;min-width:0}
        .inside{padding-inline-start:1em;border-inline-start:2px solid var(--Line)}
        .note{font-size:.875rem;font-weight:400;color:var(--Quiet);display:inline-block}
        .good{color:var(--Good)}.fair{color:var(--Fair)}.bad{color:var(--Bad)}.quiet{color:var(--Quiet)}\
        .name{color:var(--Link)}
        .sources li:target{background:var(--Soft)}
        details{border:1px solid var(--Line);border-radius:6px;padding:.5em 1em;margin:.6em 0}
        summary{cursor:pointer;font-weight:600}
        \(stacked(".table :where(.stacked)"))
        @media (max-width:40rem){main{padding:1.5rem 1rem 3rem}table{font-size:.85em}dl{display:block}dd{margin:0 0 .6em}\(stacked(".table table"))\
        .table table td{padding-left:0}.table table td::before{float:none;display:block;width:auto;margin:0}}
        @media print{
        :root{color-scheme:light;--Text:#000;--Page:#fff;--Quiet:#444;--Line:#bbb;--Soft:#f4f4f4;--Link:#000;\
        --Good:#000;--Fair:#000;--Bad:#000}
        body{font-size:10.5pt}main{max-width:none;padding:0}
        h1,h2,h3,h4{break-after:avoid}tr,blockquote,dt{break-inside:avoid}
        pre{white-space:pre-wrap}.table{overflow:visible}
        details::details-content{content-visibility:visible;block-size:auto}
        }
        """

    /// The rules that make each row of a table a block: its cells one below the other, behind their headings.
    private static func stacked(_ table: String) -> String {
        """
        \(table),\(table) tbody,\(table) tr,\(table) td{display:block}\(table) thead,\(table) td:empty{display:none}\
        \(table) tr{border-top:1px solid var(--Line);padding:.5em 0}\
        \(table) td{border:0;padding:.1em 0 .1em 8rem;min-width:0;text-align:start;white-space:pre-line;\
        overflow-wrap:anywhere}\
        \(table) td::before{content:attr(data-label);float:left;width:7.5rem;margin-left:-8rem;font-weight:600}
        """
    }
}

"""Spreadsheets as people have them: what a file is, what separates, what the header is, what a row is."""

import csv
import gzip
import io
import json
import zipfile

from scene import ASK, Scene, expect, expect_equal


def rows_of(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def batch(scene, name, content, *words, ask=ASK):
    return scene.parallel("batch", "run", scene.write(name, content), *ask, *words)


def sends(name, content, count, *words, says=(), columns=None, values=()):
    """The file is read, and so many inputs are sent, with these columns and values."""
    def check(scene):
        batch(scene, name, content, *words).ends(0).says(*says)
        inputs = scene.inputs()
        expect_equal(len(inputs), count, "inputs sent:")
        if columns is not None:
            expect_equal(list(inputs[0]), columns, "columns sent:")
        for value in values:
            expect(any(value in each.values() for each in inputs), f"{value!r} was not sent: {inputs}")
    return check


def refuses(name, content, *words, says=(), says_not=(), ask=ASK):
    """The file is refused before anything is sent, with the way out."""
    def check(scene):
        batch(scene, name, content, *words, ask=ask).ends(2).says(*says).says_not(*says_not)
        expect_equal(scene.inputs(), [], "inputs sent:")
        expect(not (scene.folder / "o.csv").exists(), "o.csv was written")
    return check


OPENING_QUOTE = 'id\tlang\ttext\n1\ten\t"Good evening.\n2\ten\tThe bus is late.\n3\ten\tOr so they said."\n4\ten\tBye.\n'
SEMICOLONS = "firm;town;size\nOak Works;Ghent;large\nElm Mills;Turku;small\n"
DECIMALS = "firm;town;share\nOak Works;Ghent;1,5\nElm Mills;Turku;2,25\nFir Lines;Porto;3\n"
PIPES = "firm|town\nOak Works|Ghent\nElm Mills|Turku\n"
LATIN = "firm,town\nÅkesson & Sön,Malmö\nÉtoile,Nîmes\n".encode("latin-1")
TITLES = "# exported\n# 3 records\nfirm,town\nOak Works,Ghent\nElm Mills,Turku\nFir Lines,Porto\n"
WRAPPED = json.dumps({"count": 2, "data": [{"firm": "Oak"}, {"firm": "Elm"}]}, indent=1)
PRETTY = "".join(json.dumps({"firm": name, "town": "X"}, indent=2) + "\n" for name in ("Oak", "Elm"))
BAD = "firm,town\n" + "".join(f"Firm {n},Town {n}" + (",one,too,many" if n % 4 == 0 else "") + "\n" for n in range(1, 33))
BLANKS = "firm,town\nOak,Ghent\n,\n,\n , \nElm,Turku\n"
EQUAL = "firm,town\nOak,Ghent\nElm,Turku\nOak,Ghent\nOak,Ghent\n"
TWELVE = "firm\n" + "".join(f"Firm {n}\n" for n in range(1, 13))


def workbook():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


def suggested_jq(name, content):
    """The command that a refusal suggests makes a file that is read."""
    def check(scene):
        said = batch(scene, name, content).ends(2).says("jq").err
        command = next(line for line in said.splitlines() if "jq " in line)
        command = command[command.index("jq "):]
        made = scene.shell(["sh", "-c", command.split(" | ")[0].split(" > ")[0]]).ends(0)
        batch(scene, "mended.jsonl" if "-c" in command else "mended.json", made.out).ends(0)
        expect_equal(len(scene.inputs()), 2, "inputs sent:")
    return check


def quotes_always(scene):
    batch(scene, "quote.tsv", OPENING_QUOTE, "--quotes", "always").ends(0)
    expect_equal(len(scene.inputs()), 2, "inputs sent:")


def blank_rows(scene):
    batch(scene, "blank.csv", BLANKS, "--template", "Who founded {firm} in {town}?").ends(0).says("blank")
    expect_equal(len(scene.inputs()), 2, "inputs sent:")
    rows = rows_of(scene.read("o.csv"))
    expect_equal(len(rows), 6, "rows written:")
    at = rows[0].index("error")
    expect_equal([bool(row[at]) for row in rows[1:]], [False, True, True, True, False], "rows with an error:")


def blank_cell(scene):
    text = "id,name,website\n1,Oak,oak.example\n2,Elm,\n3,Fir,fir.example\n"
    batch(scene, "cell.csv", text, "--column", "website").ends(0)
    expect_equal(len(scene.inputs()), 2, "inputs sent:")
    rows = rows_of(scene.read("o.csv"))
    expect_equal([bool(row[rows[0].index("error")]) for row in rows[1:]], [False, True, False], "rows with an error:")


def blank_lines(scene):
    batch(scene, "lines.csv", "firm\nOak\n\nElm\n\nFir\n").ends(0)
    expect_equal(len(scene.inputs()), 3, "inputs sent:")
    expect_equal(len(rows_of(scene.read("o.csv"))), 6, "rows written:")


def equal_rows(scene):
    batch(scene, "equal.csv", EQUAL, "--dedup").ends(0)
    expect_equal(len(scene.inputs()), 2, "inputs sent:")
    rows = rows_of(scene.read("o.csv"))
    at = rows[0].index("x")
    expect_equal(len(rows), 5, "rows written:")
    expect(all(row[at] for row in rows[1:]), f"a row has no answer: {rows}")
    expect_equal(rows[1][at], rows[3][at], "equal rows:")


def bad_lines(scene):
    batch(scene, "bad.csv", BAD, "--skip-bad-rows", "--bad-rows", "left.csv").ends(0)
    expect_equal(len(scene.inputs()), 24, "inputs sent:")
    left = scene.read("left.csv").splitlines()
    expect_equal(sum("one,too,many" in line for line in left), 8, "lines in left.csv:")


def mark_and_line_ends(scene):
    batch(scene, "mark.csv", "\ufeff" + "firm,town\r\nBrückner,München\r\n").ends(0)
    made = (scene.folder / "o.csv").read_bytes()
    expect(made.startswith(b"\xef\xbb\xbf"), "the mark at the beginning is lost")
    expect_equal(made.count(b"\n"), made.count(b"\r\n"), "line ends without CR:")


def normalisation(scene):
    text = "caf\u00e9,cafe\u0301\none,two\n"
    batch(scene, "names.csv", text, "--template", "{caf\u00e9} and {cafe\u0301}").ends(0)
    expect_equal(scene.inputs(), ["one and two"])


def braces(scene):
    text = "firm,Price {EUR}\nOak,12\nElm,34\n"
    batch(scene, "braces.csv", text, "--template", "{firm} for {Price {EUR}}").ends(0)
    expect_equal(scene.inputs(), ["Oak for 12", "Elm for 34"])


def no_question(scene):
    flags = ["-p", "lite", "--yes", "-o", "o.csv"]
    batch(scene, "twelve.csv", TWELVE, ask=flags).ends(2).says("--field", "--template", "--output-")
    expect_equal(scene.inputs(), [], "inputs sent:")


CASES = {
    "TSV: a cell that begins with a quote": sends(
        "quote.tsv", OPENING_QUOTE, 4, says=["quote"], values=['"Good evening.', 'Or so they said."']),
    "TSV: --quotes always reads it as CSV does": quotes_always,
    "TSV: a quoted word in a title": sends("odd.tsv", 'title\tyear\n"Odd" Port\t1998\nPlain Port\t2003\n', 2, values=['"Odd" Port']),
    "semicolons under the name .csv": refuses("s.csv", SEMICOLONS, says=["--delimiter"]),
    "--delimiter ';'": sends("s.csv", SEMICOLONS, 2, "--delimiter", ";", columns=["firm", "town", "size"]),
    "pipes under the name .csv": refuses("p.csv", PIPES, says=["--delimiter"]),
    "--delimiter '|'": sends("p.csv", PIPES, 2, "--delimiter", "|", columns=["firm", "town"]),
    "decimal commas": refuses("d.csv", DECIMALS, says=["header", "--delimiter"], says_not=["--skip-bad-rows"]),
    "decimal commas with --delimiter": sends("d.csv", DECIMALS, 3, "--delimiter", ";", values=["1,5"]),
    "Excel's sep=": sends("sep.csv", "sep=;\r\nfirm;town\r\nOak;Ghent\r\nElm;Turku\r\n", 2, columns=["firm", "town"]),
    "UTF-16 with a mark": sends(
        "u.csv", "firm,town\r\nÅkesson & Søn,Malmö\r\nÉtoile,Nîmes\r\n".encode("utf-16"), 2, values=["Åkesson & Søn"]),
    "Latin-1": refuses("l.csv", LATIN, says=["--encoding"]),
    "--encoding latin1": sends("l.csv", LATIN, 2, "--encoding", "latin1", values=["Åkesson & Sön"]),
    "names without a header": sends("n.txt", "Oak Works\nElm Mills\nFir Lines\n", 2, says=["1 column: Oak Works"]),
    "--no-header": sends("n.txt", "Oak Works\nElm Mills\nFir Lines\n", 3, "--no-header", columns=["column_1"]),
    "lines above the header": refuses("t.csv", TITLES, says=["header"], says_not=["--skip-bad-rows"]),
    "--skip-lines": sends("t.csv", TITLES, 3, "--skip-lines", "2", columns=["firm", "town"]),
    "blank rows": blank_rows,
    "a row with nothing to send": blank_cell,
    "blank lines in one column": blank_lines,
    "equal rows": sends("e.csv", EQUAL, 4, says=["equal", "--dedup"]),
    "--dedup": equal_rows,
    "the header twice": sends("h.csv", "firm,town\nOak,Ghent\nfirm,town\nElm,Turku\n", 3, says=["header"]),
    "bad lines": refuses("bad.csv", BAD, says=[f"line {n}" for n in range(5, 34, 4)]),
    "--bad-rows": bad_lines,
    "mark and line ends come back": mark_and_line_ends,
    "titles that differ in normalisation": normalisation,
    "a title with braces": braces,
    "wrapped JSON": refuses("w.json", WRAPPED, says=["jq '.data'"]),
    "wrapped JSON, mended": suggested_jq("w.json", WRAPPED),
    "pretty-printed JSON lines": refuses("p.jsonl", PRETTY, says=["jq -c ."]),
    "pretty-printed JSON lines, mended": suggested_jq("p.jsonl", PRETTY),
    "a workbook": refuses("w.xlsx", workbook(), says=["CSV"]),
    "HTML under the name .xls": refuses("p.xls", "<html><body><table><tr><td>a</td></tr></table></body></html>\n", says=["HTML"]),
    "a compressed file": refuses("r.csv.gz", gzip.compress(b"firm\nOak\n"), says=["gunzip"]),
    "no question": no_question,
}


def run(report, options):
    def check(case):
        with Scene(options, "--delay", "0") as scene:
            case(scene)
    for name, case in CASES.items():
        report.check(f"spreadsheet: {name}", check, case)

"""Copies an archive of the Swift library so that the linker can drop what a program doesn't use of it.

    release-droppable.py [--drop-unused] [--objdump=PROGRAM] ARCHIVE COPY
    llvm-nm --undefined-only OBJECT... | release-droppable.py --check

The library tells the linker to keep nearly all its functions and tables (SHF_GNU_RETAIN), for debuggers and for programs
that load plugins. In the copy this holds only for the records in which the runtime looks up types, protocols and
conformances while the program runs. What they and the program refer to, the linker keeps anyway.

The library also has a few sections with thousands of tables and functions each, and a linker keeps a section and all
that it refers to as a whole. With --objdump, which takes LLVM's, each function gets a section of its own
(elf_functions.py). With --drop-unused, tables and functions of what is UNUSED refer to nothing in the copy, and it has no
records. A program that does use such a thing then crashes, so --check refuses names of the Swift library that a
program's objects ask for and that are UNUSED.
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import elf_functions
from elf import NOBITS, PROGBITS, File, changed_archive

RETAIN = 0x200000  # SHF_GNU_RETAIN

# The runtime's records are in sections with such names; some of these only debuggers read.
RECORDS = b"swift5_"
FOR_DEBUGGERS = {b"swift5_fieldmd", b"swift5_assocty", b"swift5_builtin", b"swift5_capture", b"swift5_mpenum"}
NAMES_OF_TYPES = b"swift5_typeref"
TABLES = {b".data", b".data.rel.ro", b".rodata"}
# Where functions are that only tables of conformances refer to, and the ends of their mangled names.
FUNCTIONS, WITNESSES = b".text", (b"WT", b"TW", b"WTm", b"TWm")
# What protocols say of themselves, and where code looks up whether a value conforms: both have to be whole, also where
# nobody conforms.
REQUIREMENTS = (b"Tl", b"Tn", b"Mp", b"TL", b"MD", b"Md")

# Types and conformances, by their mangled names, that `parallel` does not use: vectors, Codable, playgrounds,
# differences of collections, sets of ranges, and how the library's own types look to a debugger. (A type of ours may
# say how it looks.)
UNUSED = re.compile(
    rb"SIMD|S[Ee]s(S[Ee]|MA|Mc|WP)|S[Ee]sS[Ee]R|Playground|CollectionDifference"
    rb"|DiscontiguousSlice|RangeSet|StaticBigInt|CustomDebugStringConvertible|CustomReflectable|CVarArg"
)


def is_unused(name):
    return bool(UNUSED.search(name)) and not name.endswith(REQUIREMENTS)


def make_droppable(file, drops_unused):
    symbols = list(file.symbols())
    unused = [drops_unused and is_unused(name) for name, _, _, _ in symbols]
    # The bytes of sections that belong to what is unused.
    dead = {}
    for (name, section, start, length), drops in zip(symbols, unused):
        if drops and section < len(file.names):
            kind = file.names[section]
            if kind in TABLES or kind == FUNCTIONS and name.endswith(WITNESSES):
                dead.setdefault(section, set()).update(range(start, start + length))
    # The records of what is unused.
    records = set()
    for place, section, (at, _, symbol, _) in list(file.relocations()):
        name = file.names[section]
        if name == NAMES_OF_TYPES and unused[symbol] or at in dead.get(section, ()):
            struct.pack_into("<Q", file.data, place + 8, 0)
        elif name.startswith(RECORDS) and unused[symbol]:
            records.add(section)
    for index, (_, kind, flags, _, offset, size, _, _) in enumerate(file.sections):
        name, header = file.names[index], file.table + 64 * index
        is_record = name.startswith(RECORDS) and name not in FOR_DEBUGGERS
        if flags & RETAIN and not (is_record and index not in records):
            struct.pack_into("<Q", file.data, header + 8, flags & ~RETAIN)
        # Room for the crash reporter's settings, 64 KB: zeros, which no file needs to hold.
        if name == b"swift5_backtrace" and kind == PROGBITS and not any(file.data[offset : offset + size]):
            struct.pack_into("<I", file.data, header + 4, NOBITS)


if sys.argv[1:] == ["--check"]:
    names = sys.stdin.buffer.read().split()
    asked = {name for name in names if name.startswith((b"$ss", b"$sS")) and UNUSED.search(name)}
    # Copies of generic functions, made for a type, are the program's own.
    asked = sorted(name for name in asked if name.endswith((b"Mn", b"Mc", b"Ma", b"WP", b"MF", b"N")))
    if asked:
        print("error: release-droppable.py drops what is used:", b" ".join(asked).decode(), file=sys.stderr)
    sys.exit(bool(asked))
*flags, source, copy = sys.argv[1:]
objdump = next((flag.removeprefix("--objdump=") for flag in flags if flag.startswith("--objdump=")), None)


def changed(member):
    file = File(member)
    make_droppable(file, "--drop-unused" in flags)
    if not objdump or not elf_functions.can_split(file):
        return file.data
    try:
        return elf_functions.Splitting(bytearray(file.data), disassembly(file.data)).result()
    except ValueError as error:
        print(f"note: {source} stays larger than it could be: {error}", file=sys.stderr)
        return file.data


def disassembly(code):
    with tempfile.NamedTemporaryFile(suffix=".o") as file:
        file.write(code)
        file.flush()
        words = [objdump, "--disassemble", "--no-show-raw-insn", "--section=.text", file.name]
        return subprocess.run(words, check=True, capture_output=True).stdout


pathlib.Path(copy).write_bytes(changed_archive(bytearray(pathlib.Path(source).read_bytes()), changed))

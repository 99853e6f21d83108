"""Copies an archive of the Swift library so that the linker can drop what a program doesn't use of it.

    release-droppable.py [--drop-unused] ARCHIVE COPY
    llvm-nm --undefined-only OBJECT... | release-droppable.py --check

The library tells the linker to keep nearly all its functions and tables (SHF_GNU_RETAIN), for debuggers and for programs
that load plugins. In the copy this holds only for the records in which the runtime looks up types, protocols and
conformances while the program runs. What they and the program refer to, the linker keeps anyway.

The library also has a few sections with thousands of tables and functions each, and a linker keeps a section and all
that it refers to as a whole. With --drop-unused, tables and functions of what is UNUSED refer to nothing in the copy, and
it has no records. A program that does use such a thing then crashes, so --check refuses names of the Swift library that a
program's objects ask for and that are UNUSED.
"""

import pathlib
import re
import struct
import sys

RETAIN = 0x200000  # SHF_GNU_RETAIN
PROGBITS, SYMTAB, RELA, NOBITS, SYMTAB_SHNDX = 1, 2, 4, 8, 18

# The runtime's records are in sections with such names; some of these only debuggers read.
RECORDS = b"swift5_"
FOR_DEBUGGERS = {b"swift5_fieldmd", b"swift5_assocty", b"swift5_builtin", b"swift5_capture", b"swift5_mpenum"}
NAMES_OF_TYPES = b"swift5_typeref"
TABLES = {b".data", b".data.rel.ro", b".rodata"}
# Where functions are that only tables of conformances refer to, and the ends of their mangled names.
FUNCTIONS, WITNESSES = b".text", (b"WT", b"TW", b"WTm", b"TWm")
# What protocols say of themselves: it has to be whole, also where nobody conforms.
REQUIREMENTS = (b"Tl", b"Tn", b"Mp", b"TL")

# Types and conformances, by their mangled names, that `parallel` does not use: vectors, Codable, playgrounds,
# differences of collections, sets of ranges.
UNUSED = re.compile(
    rb"SIMD|S[Ee]s(S[Ee]|MA|Mc|WP)|S[Ee]sS[Ee]R|Playground|CollectionDifference|DiscontiguousSlice|RangeSet|StaticBigInt"
)


def members(archive):
    """Where each ELF file in the archive begins and ends (`man 5 ar`)."""
    at = 8
    while at < len(archive):
        start, size = at + 60, int(archive[at + 48 : at + 58])
        if archive[start : start + 4] == b"\x7fELF":
            yield start, start + size
        at = start + (size + 1) // 2 * 2


class File:
    """A 64-bit, little-endian ELF file (`man 5 elf`), which is changed in place."""

    def __init__(self, data):
        self.data = data
        (self.table,) = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        # Where they are too many for the file's header, the first section has the numbers.
        count = count or struct.unpack_from("<Q", data, self.table + 32)[0]
        if names == 0xFFFF:
            (names,) = struct.unpack_from("<I", data, self.table + 40)
        self.sections = [struct.unpack_from("<IIQQQQII", data, self.table + 64 * index) for index in range(count)]
        self.names = [self.string(names, section[0]) for section in self.sections]

    def string(self, section, offset):
        start = self.sections[section][4] + offset
        return bytes(self.data[start : self.data.index(0, start)])

    def kinds(self, kind):
        return [index for index, section in enumerate(self.sections) if section[1] == kind]

    def symbols(self):
        """Of each symbol the name, the number of its section, where it begins in that, and its size."""
        (table,) = self.kinds(SYMTAB)
        numbers = self.kinds(SYMTAB_SHNDX)
        _, _, _, _, offset, size, strings, _ = self.sections[table]
        for index in range(size // 24):
            name, _, _, section, start, length = struct.unpack_from("<IBBHQQ", self.data, offset + 24 * index)
            if section == 0xFFFF and numbers:
                (section,) = struct.unpack_from("<I", self.data, self.sections[numbers[0]][4] + 4 * index)
            yield self.string(strings, name), section, start, length


def make_droppable(file, drops_unused):
    symbols = list(file.symbols())
    unused = [drops_unused and bool(UNUSED.search(name)) for name, _, _, _ in symbols]
    # The bytes of sections that belong to what is unused.
    dead = {}
    for (name, section, start, length), is_unused in zip(symbols, unused):
        if is_unused and section < len(file.names) and not name.endswith(REQUIREMENTS):
            kind = file.names[section]
            if kind in TABLES or kind == FUNCTIONS and name.endswith(WITNESSES):
                dead.setdefault(section, set()).update(range(start, start + length))
    # The records of what is unused.
    records = set()
    for index in file.kinds(RELA):
        _, _, _, _, offset, size, _, section = file.sections[index]
        name = file.names[section]
        for place in range(offset, offset + size, 24):
            at, _, symbol = struct.unpack_from("<QII", file.data, place)
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
archive = bytearray(pathlib.Path(source).read_bytes())
for start, end in list(members(archive)):
    file = File(archive[start:end])
    make_droppable(file, flags == ["--drop-unused"])
    archive[start:end] = file.data
pathlib.Path(copy).write_bytes(archive)

"""Puts the functions of an object file's `.text` into sections of their own, so that a linker can drop each.

A linker drops whole sections. The Swift library has thousands of functions in one, 1.6 MB. An assembler writes what one
function of a section wants of another as plain distances, so these have to be found in the instructions, and become
relocations again.
"""

import bisect
import re
import struct

from elf import CODE, RELA, RELOCATION, SECTION_HEADER, SYMBOL, SYMTAB, SYMTAB_SHNDX, File

X86_64 = 62
TEXT, TABLES, UNWINDING = b".text", b".rodata", b".eh_frame"
OF_FUNCTION, OF_SECTION = 2, 3  # STT_FUNC, STT_SECTION
NONE, ABSOLUTE, RELATIVE, CALL = 0, 1, 2, 4  # R_X86_64_NONE, _64, _PC32, _PLT32

# An instruction as objdump prints it: where it is, and where it jumps to or what address it computes.
INSTRUCTION = re.compile(rb" *([0-9a-f]+): *\t(?:(?:callq?|j[a-z]+)\t0x([0-9a-f]+)|.*# 0x([0-9a-f]+)|)")


class Places:
    """Beginnings in ascending order, for finding which of them a place follows."""

    def __init__(self, beginnings):
        self.beginnings = sorted(beginnings)

    def index(self, place):
        return bisect.bisect_right(self.beginnings, place) - 1

    def before(self, place):
        return self.beginnings[max(self.index(place), 0)]


class Ranges:
    """Where things with a size are."""

    def __init__(self, ranges):
        self.ends = {}
        for start, length in ranges:
            self.ends[start] = max(self.ends.get(start, 0), start + length)
        self.starts = Places(self.ends)

    def __contains__(self, place):
        return bool(self.ends) and self.starts.before(place) <= place < self.ends[self.starts.before(place)]


class Splitting:
    """One object file while it is split. Raises ValueError where an instruction is not understood."""

    def __init__(self, data, disassembly):
        self.file = File(data)
        self.text = self.file.names.index(TEXT)
        self.size = self.file.sections[self.text][5]
        (self.table,) = self.file.kinds(SYMTAB)
        self.symbols = list(SYMBOL.iter_unpack(self.file.content(self.table)))
        self.first_global = self.file.sections[self.table][7]
        # The tables for unwinding the stack, which the release has none of, would refer to all of them.
        self.relocations = [
            (place, section, fields)
            for place, section, fields in self.file.relocations()
            if self.file.names[section] != UNWINDING
        ]
        self.find_functions(self.find_references(disassembly))

    def is_code(self, section):
        return bool(self.file.sections[section][2] & CODE)

    def find_references(self, disassembly):
        """Where instructions begin and end that refer to a place in `.text` without a relocation, and that place."""
        relocated = sorted(at for _, section, (at, _, _, _) in self.relocations if section == self.text)
        instructions = [found.groups() for found in map(INSTRUCTION.match, disassembly.splitlines()) if found]
        starts = [int(at, 16) for at, _, _ in instructions]
        references = []
        for start, end, (_, jump, address) in zip(starts, starts[1:] + [self.size], instructions):
            next_relocation = bisect.bisect_left(relocated, start)
            is_relocated = next_relocation < len(relocated) and relocated[next_relocation] < end
            if (jump or address) and not is_relocated:
                references.append((start, end, int(jump or address, 16)))
        return references

    def find_functions(self, references):
        """Sets `starts`, where functions begin; `pieces`, where sections will begin; and `distances` between those."""
        functions = [
            (start, length)
            for _, info, _, section, start, length in self.symbols
            if section == self.text and info & 15 == OF_FUNCTION
        ]
        named = Ranges(functions)
        # Some functions have no name: they are where something refers to, behind the end of one that has.
        others = {to for start, _, to in references}
        for _, section, (_, kind, symbol, addend) in self.relocations:
            if self.is_section_symbol(symbol):
                others.add(addend + 4 if self.is_code(section) and kind != ABSOLUTE else addend)
        unnamed = {place for place in others if place < self.size and place % 16 == 0 and place not in named}
        self.starts = {0} | unnamed | {start for start, _ in functions}
        # Functions that overlap stay together, and so do those between which a jump has room for a byte only.
        reached, begins = 0, []
        for start in sorted(self.starts):
            if start >= reached:
                begins.append(start)
            reached = max(reached, named.ends.get(start, 0))
        places, together, distances = Places(begins), set(), []
        code = self.file.content(self.text)
        for start, end, to in references:
            first, last = sorted((places.index(start), places.index(to)))
            if first == last:
                continue
            if end - start > 4 and struct.unpack_from("<i", code, end - 4)[0] == to - end:
                distances.append((end - 4, to))
            elif end - start == 2 and struct.unpack_from("<b", code, end - 1)[0] == to - end:
                together.update(begins[first + 1 : last + 1])
            else:
                raise ValueError(f"the instruction at {start:#x} refers to {to:#x} in an unknown way")
        self.pieces = Places(set(begins) - together)
        self.distances = [(at, to) for at, to in distances if self.pieces.index(at) != self.pieces.index(to)]
        self.find_tables()

    def find_tables(self):
        """Sets `jump_tables`, where tables of places inside a function begin: what code refers to that has no name."""
        rodata = self.file.names.index(TABLES) if TABLES in self.file.names else -1
        self.named_tables = Ranges((start, size) for _, _, _, section, start, size in self.symbols if section == rodata and size)
        begins = {0}
        for _, section, (_, kind, symbol, addend) in self.relocations:
            if self.is_code(section) and kind in (RELATIVE, CALL) and self.symbols[symbol][3] == rodata:
                begins.add(self.symbols[symbol][4] + addend + 4)
        self.rodata, self.jump_tables = rodata, Places(begins)

    def is_section_symbol(self, symbol):
        return self.symbols[symbol][3] == self.text and self.symbols[symbol][1] & 15 == OF_SECTION

    def moved(self, section, at, kind, symbol, addend):
        """Returns the symbol and the addend with which a relocation refers to the same place as before."""
        if kind == NONE or not self.is_section_symbol(symbol):
            return symbol + (len(self.pieces.beginnings) if symbol >= self.first_global else 0), addend
        place = addend
        if self.is_code(section) and kind in (RELATIVE, CALL):
            # From the end of the instruction, not from the distance in it.
            place += 4
        elif section == self.rodata and kind == RELATIVE and at not in self.named_tables:
            # From the beginning of the table, not from the entry.
            place -= at - self.jump_tables.before(at)
        elif place not in self.starts:
            raise ValueError(f"{self.file.names[section]!r} refers to {place:#x}, where no function begins")
        piece = self.pieces.index(place)
        return self.first_global + piece, addend - self.pieces.beginnings[piece]

    def result(self):
        """Returns the bytes of the object file with a section for each piece."""
        data, sections, begins = self.file.data, self.file.sections, self.pieces.beginnings
        parts = [[] for _ in begins]
        for place, section, fields in self.relocations:
            at, kind = fields[:2]
            symbol, addend = self.moved(section, *fields)
            if section == self.text:
                piece = self.pieces.index(at)
                parts[piece].append((at - begins[piece], kind, symbol, addend))
            else:
                RELOCATION.pack_into(data, place, at, kind, symbol, addend)
        for at, to in self.distances:
            piece, target = self.pieces.index(at), self.pieces.index(to)
            parts[piece].append((at - begins[piece], RELATIVE, self.first_global + target, to - begins[target] - 4))
        headers = [SECTION_HEADER.unpack_from(data, self.file.table + 64 * index) for index in range(len(sections))]
        first, old = len(headers), headers[self.text]
        replaced = [index for index, header in enumerate(headers) if header[1] == RELA and header[7] == self.text]
        # Named as compilers name sections of functions, so that a linker script can put them in an order.
        strings, names = self.file.content(self.file.name_table), self.names()
        for begin, end in zip(begins, begins[1:] + [self.size]):
            name = len(strings)
            strings += b".text." + names[begin] + b"\0" if begin in names else b".text\0"
            alignment = min(16, begin & -begin or 16)
            headers.append((name,) + old[1:4] + (old[4] + begin, end - begin, 0, 0, alignment, 0))
        place = self.append(strings)
        header = headers[self.file.name_table]
        headers[self.file.name_table] = header[:4] + (place, len(strings)) + header[6:]
        for piece, part in enumerate(parts):
            if part:
                place = self.append(b"".join(RELOCATION.pack(*fields) for fields in sorted(part)))
                headers.append(
                    headers[replaced[0]][:4] + (place, len(part) * 24, self.table, first + piece, 8, RELOCATION.size)
                )
        if len(headers) >= 0xFF00:
            raise ValueError(f"{len(headers)} sections are too many")
        # Sections keep their numbers: an empty header means that there is none.
        for index in replaced + [index for index, name in enumerate(self.file.names) if name.endswith(UNWINDING)]:
            headers[index] = (0,) * 10
        headers[self.text] = old[:5] + (0,) + old[6:]
        # Symbols of this file alone come first.
        symbols = [self.placed(symbol, first) for symbol in self.symbols]
        symbols[self.first_global : self.first_global] = [
            (0, OF_SECTION, 0, first + piece, 0, 0) for piece in range(len(begins))
        ]
        place = self.append(b"".join(SYMBOL.pack(*symbol) for symbol in symbols))
        table = headers[self.table]
        size = len(symbols) * SYMBOL.size
        headers[self.table] = table[:4] + (place, size, table[6], self.first_global + len(begins)) + table[8:]
        place = self.append(b"".join(SECTION_HEADER.pack(*header) for header in headers))
        struct.pack_into("<Q", data, 40, place)
        struct.pack_into("<H", data, 60, len(headers))
        return data

    def names(self):
        """Returns what functions are called, by where they begin."""
        return {start: name for name, section, start, _ in self.file.symbols() if section == self.text and name}

    def placed(self, symbol, first):
        """Returns a symbol with the section of its piece, and its place in that."""
        name, info, other, section, start, length = symbol
        if section != self.text or info & 15 == OF_SECTION:
            return symbol
        piece = self.pieces.index(start)
        return name, info, other, first + piece, start - self.pieces.beginnings[piece], length

    def append(self, content):
        """Adds bytes to the file and returns where they begin."""
        self.file.data += bytes(-len(self.file.data) % 16)
        place = len(self.file.data)
        self.file.data += content
        return place


def can_split(file):
    """Whether it is worth it, and the file has no extended table of section numbers, which would have to grow, too."""
    return (
        struct.unpack_from("<H", file.data, 18)[0] == X86_64
        and not file.kinds(SYMTAB_SHNDX)
        and any(name == TEXT and section[5] > 4096 for name, section in zip(file.names, file.sections))
    )

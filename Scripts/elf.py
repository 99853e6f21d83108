"""Object files (64-bit, little-endian: `man 5 elf`) and archives of them (`man 5 ar`), as release-droppable.py needs them."""

import itertools
import struct

PROGBITS, SYMTAB, RELA, NOBITS, SYMTAB_SHNDX = 1, 2, 4, 8, 18
CODE = 4  # SHF_EXECINSTR
SECTION_HEADER, SYMBOL, RELOCATION = struct.Struct("<IIQQQQIIQQ"), struct.Struct("<IBBHQQ"), struct.Struct("<QIIq")


class File:
    """An object file, whose bytes are changed in place."""

    def __init__(self, data):
        self.data = data
        (self.table,) = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        # Where they are too many for the file's header, the first section has the numbers.
        count = count or struct.unpack_from("<Q", data, self.table + 32)[0]
        if names == 0xFFFF:
            (names,) = struct.unpack_from("<I", data, self.table + 40)
        self.sections = [SECTION_HEADER.unpack_from(data, self.table + 64 * index)[:8] for index in range(count)]
        self.name_table = names
        self.names = [self.string(names, section[0]) for section in self.sections]

    def string(self, section, offset):
        start = self.sections[section][4] + offset
        return bytes(self.data[start : self.data.index(0, start)])

    def content(self, section):
        _, _, _, _, offset, size, _, _ = self.sections[section]
        return self.data[offset : offset + size]

    def kinds(self, kind):
        return [index for index, section in enumerate(self.sections) if section[1] == kind]

    def symbols(self):
        """Of each symbol the name, the number of its section, where it begins in that, and its size."""
        (table,) = self.kinds(SYMTAB)
        numbers = self.kinds(SYMTAB_SHNDX)
        strings = self.sections[table][6]
        for index, (name, _, _, section, start, length) in enumerate(SYMBOL.iter_unpack(self.content(table))):
            if section == 0xFFFF and numbers:
                (section,) = struct.unpack_from("<I", self.data, self.sections[numbers[0]][4] + 4 * index)
            yield self.string(strings, name), section, start, length

    def relocations(self):
        """Of each relocation where it lies in the file, the section that it changes, and its fields."""
        for index in self.kinds(RELA):
            _, _, _, _, offset, size, _, section = self.sections[index]
            fields = RELOCATION.iter_unpack(self.data[offset : offset + size])
            yield from zip(itertools.count(offset, RELOCATION.size), itertools.repeat(section), fields)


def changed_archive(archive, change):
    """Returns the archive with each object file in it replaced by what `change` returns for it."""
    copy, moved, at = bytearray(archive[:8]), {}, 8
    while at < len(archive):
        header, size = archive[at : at + 60], int(archive[at + 48 : at + 58])
        member = archive[at + 60 : at + 60 + size]
        moved[at] = len(copy)
        if member[:4] == b"\x7fELF":
            member = change(member)
            header[48:58] = b"%-10d" % len(member)
        copy += header + member + b"\n" * (len(member) % 2)
        at += 60 + size + size % 2
    # The index, which comes first: the number of names, and where the member is that has each.
    if archive[8:24].rstrip() == b"/":
        (count,) = struct.unpack_from(">I", archive, 68)
        for place in range(72, 72 + 4 * count, 4):
            struct.pack_into(">I", copy, place, moved[struct.unpack_from(">I", archive, place)[0]])
    return copy

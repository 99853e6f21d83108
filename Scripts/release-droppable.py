"""Copies an archive of the Swift library so that the linker can drop what a program doesn't use of it.

    release-droppable.py ARCHIVE COPY

The library tells the linker to keep nearly all its functions and tables (SHF_GNU_RETAIN), for debuggers and for programs
that load plugins. In the copy this holds only for the records in which the runtime looks up types, protocols and
conformances while the program runs. What they and the program refer to, the linker keeps anyway.
"""

import pathlib
import struct
import sys

RETAIN = 0x200000  # SHF_GNU_RETAIN
PROGBITS, NOBITS = 1, 8

# The runtime's records are in sections with such names; some of these only debuggers read.
RECORDS = b"swift5_"
FOR_DEBUGGERS = {b"swift5_fieldmd", b"swift5_assocty", b"swift5_builtin", b"swift5_capture", b"swift5_mpenum"}


def members(archive):
    """The offset of each ELF file in the archive (`man 5 ar`)."""
    at = 8
    while at < len(archive):
        if archive[at + 60 : at + 64] == b"\x7fELF":
            yield at + 60
        at += 60 + (int(archive[at + 48 : at + 58]) + 1) // 2 * 2


def make_droppable(file):
    """Changes the section headers of a 64-bit, little-endian ELF file in place (`man 5 elf`)."""
    (table,) = struct.unpack_from("<Q", file, 40)
    count, names = struct.unpack_from("<HH", file, 60)
    # Where they are too many for the file's header, the first section has the numbers.
    count = count or struct.unpack_from("<Q", file, table + 32)[0]
    if names == 0xFFFF:
        (names,) = struct.unpack_from("<I", file, table + 40)
    (strings,) = struct.unpack_from("<Q", file, table + 64 * names + 24)
    for header in range(table, table + 64 * count, 64):
        name, kind, flags, _, offset, size = struct.unpack_from("<IIQQQQ", file, header)
        name = bytes(file[strings + name : strings + name + 24]).partition(b"\0")[0]
        if flags & RETAIN and (not name.startswith(RECORDS) or name in FOR_DEBUGGERS):
            struct.pack_into("<Q", file, header + 8, flags & ~RETAIN)
        # Room for the crash reporter's settings, 64 KB: zeros, which no file needs to hold.
        if name == b"swift5_backtrace" and kind == PROGBITS and not any(file[offset : offset + size]):
            struct.pack_into("<I", file, header + 4, NOBITS)


source, copy = sys.argv[1:]
archive = bytearray(pathlib.Path(source).read_bytes())
for at in members(archive):
    make_droppable(memoryview(archive)[at:])
pathlib.Path(copy).write_bytes(archive)

"""Writes a linker script that puts together the functions that short commands run, and behind them those of the bridge.

Reads the map of a link (lld's -Map) and the traces of valgrind's callgrind (--dump-instr=yes). The functions are named
by beginnings of their names. One beginning takes the place of several where what it adds of other functions is small.
"""
import argparse
import re
import sys

# How many bytes of functions that don't run make up for a line of the script.
WORTH = 6000

HEAD = """\
/* Which functions lie together in a release, for lld. Scripts/link-order writes this file.

   Linux maps code in pieces of 64 kB or more: a function that runs brings sixteen pages into memory. So what short
   commands run comes first, and then what a bridge runs, which lives as long as its host. A name that no longer fits
   does no harm but to their memory, which Scripts/bench watches. */
SECTIONS {
  .text : {
"""
TAIL = """\
    *(.text .text.*)
  }
  /* The tables for unwinding the stack that the Swift library has; it throws no C++ exceptions either. */
  /DISCARD/ : { *(.eh_frame) }
} INSERT BEFORE .init;
"""


def sections(path):
    """Returns the address, size and name of each function that has a section of its own, in order."""
    row = re.compile(r"\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s+.*:\(\.text\.(.+)\)$")
    with open(path) as file:
        found = [(int(match[1], 16), int(match[2], 16), match[3]) for match in map(row.match, file) if match]
    return sorted(found)


def addresses(path, program):
    """Returns the addresses of the instructions of `program` that ran."""
    found, is_inside, is_call = set(), False, False
    with open(path) as file:
        for line in file:
            if line.startswith("ob="):
                is_inside = line[3:].strip() == program
            elif line.startswith("calls="):
                is_call = True
            elif line.startswith("0x"):
                if is_inside and not is_call:
                    found.add(int(line.split()[0], 16))
                is_call = False
    return found


def tokens(name):
    """Cuts a mangled name where one may end: an identifier stays whole, with the digits of its length."""
    parts, at, digits = [], 0, re.compile(r"\d{1,3}")
    while at < len(name):
        match = digits.match(name, at)
        end = match.end() + int(match[0]) if match else at + 1
        parts.append(name[at:end])
        at = end
    return parts


class Node:
    """What is known of the functions whose names begin alike."""

    def __init__(self):
        self.children, self.size, self.runs = {}, 0, False

    def add(self, parts, size, runs):
        self.size += size
        self.runs |= runs
        if parts:
            self.children.setdefault(parts[0], Node()).add(parts[1:], size, runs)

    def patterns(self, name=""):
        """Returns the cost in bytes of the best patterns for all functions below that run, and the patterns."""
        if not self.runs:
            return 0, []
        if not self.children:
            return self.size + WORTH, [name]
        below = [child.patterns(name + part) for part, child in self.children.items()]
        cost = sum(cost for cost, _ in below)
        # Two letters would take in other objects' functions, too.
        if self.size + WORTH <= cost and len(name) > 2:
            return self.size + WORTH, [name + "*"]
        return cost, [pattern for _, found in below for pattern in found]


def order(functions, ran):
    """Returns patterns for the functions in which one of the addresses `ran` lies."""
    root, at = Node(), 0
    for address, size, name in functions:
        while at < len(ran) and ran[at] < address:
            at += 1
        # An empty part ends a name, which may also be the beginning of others.
        root.add([*tokens(name), ""], size, at < len(ran) and ran[at] < address + size)
    return sorted(root.patterns()[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--map", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--then", nargs="+", default=[], help="traces whose other functions come behind")
    parser.add_argument("traces", nargs="+")
    options = parser.parse_args()
    sys.setrecursionlimit(10_000)
    functions = sections(options.map)
    sys.stdout.write(HEAD)
    for traces in options.traces, options.then:
        patterns = order(functions, sorted(set().union(*(addresses(path, options.program) for path in traces))))
        for pattern in patterns:
            sys.stdout.write(f"    *(.text.{pattern})\n")
        beginnings = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
        functions = [row for row in functions if row[2] not in patterns and not row[2].startswith(beginnings)]
    sys.stdout.write(TAIL)


main()

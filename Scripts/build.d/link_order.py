"""Reads callgrind profiles of the program; prints its functions in the order of the runs that first call them.

A run then touches what it calls itself and what runs before it in the list call, and nothing behind.
"""

import re
import sys

LINE = re.compile(r"^(c?)(ob|fn)=\((\d+)\)(?: (.*))?$")


def functions(path, program):
    """The functions of `program` in a profile, each once, in its order."""
    names = {"ob": {}, "fn": {}}
    found = {}
    is_ours = False
    with open(path) as profile:
        for line in profile:
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            is_callee, kind, number, name = match.groups()
            if name:
                names[kind][number] = name
            if is_callee:
                continue
            if kind == "ob":
                is_ours = names["ob"].get(number, "").endswith(program)
            elif is_ours:
                # Callgrind numbers the levels of a recursion.
                found[re.sub(r"'\d+$", "", names["fn"][number])] = None
    return [name for name in found if not name.startswith("0x")]


def main():
    program, *paths = sys.argv[1:]
    print("\n".join(dict.fromkeys(name for path in paths for name in functions(path, program))))


main()

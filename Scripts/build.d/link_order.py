"""Reads callgrind profiles of the program; prints its functions, those that most of the runs have in common first."""

import collections
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
    runs = [functions(path, program) for path in paths]
    count = collections.Counter(name for run in runs for name in run)
    users = {name: [index for index, run in enumerate(runs) if name in set(run)] for name in count}
    print("\n".join(sorted(count, key=lambda name: (-count[name], users[name]))))


main()

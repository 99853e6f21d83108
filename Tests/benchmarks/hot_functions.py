"""Lists the functions of ours in which a program spends its time, as LLVM's -forceattrs-csv-path reads it.

Reads traces of valgrind's callgrind (--compress-strings=no).
"""
import collections
import sys

# The share of a trace's instructions from which a function counts.
SHARE = 0.001

HEAD = "# Functions that the outliner leaves whole; Scripts/link-order writes this file.\n"


def spent(path):
    """Returns how many instructions ran in each function itself."""
    costs, name, is_call = collections.Counter(), None, False
    with open(path) as file:
        for line in file:
            if line.startswith("fn="):
                # Calls of itself have a number behind the name.
                name = line[3:].strip().partition("'")[0]
            elif line.startswith("calls="):
                is_call = True
            elif line[:1] in "0123456789+-*":
                if not is_call:
                    costs[name] += int(line.split()[-1])
                is_call = False
    return costs


def main():
    found = set()
    for path in sys.argv[1:]:
        costs = spent(path)
        least = sum(costs.values()) * SHARE
        # Functions that LLVM made one of several have a name with "Tm" behind it; before that they are named without.
        found.update(name.removesuffix("Tm") for name, cost in costs.items() if name.startswith("$s") and cost >= least)
    sys.stdout.write(HEAD + "".join(f"{name},nooutline=true\n" for name in sorted(found)))


main()

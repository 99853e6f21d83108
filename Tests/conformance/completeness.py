"""Whether the checks have called every method of the official SDK and every command of the official command-line tool.

Both lists are read from the installed packages, so that a new version's methods can't be forgotten.
"""

import inspect

import click
from parallel import AsyncParallel, Parallel
from parallel._resource import AsyncAPIResource, SyncAPIResource
from parallel_web_tools.cli.commands import main as tool

from harness import expect

# Each with the reason why no check calls it.
SDK_LEFT_OUT = {
    "request": "what all other methods are made of",
    "get_api_list": "needs a page class, and this SDK has none: no method of it pages",
    "platform_headers": "sends nothing; every request carries what it returns",
}
TOOL_LEFT_OUT = {
    "enrich deploy": "needs an account at BigQuery, Snowflake or Spark",
    "skills list": "reads a catalogue from the web, not from the API",
    "skills install": "writes other people's files from the web into the home",
    "skills uninstall": "as skills install",
    "skills reinstall": "as skills install",
    "update": "replaces the tool itself with a download",
    "completion install": "changes the start-up files of a shell; the API has no part in it",
}


def sdk_methods(client, resource, path=""):
    """The paths of all public methods, such as task_run.create; wrappers of responses count as one each."""
    for name in dir(type(client)):
        if name.startswith("_"):
            continue
        kind = inspect.getattr_static(type(client), name)
        if inspect.isfunction(kind):
            yield path + name
        elif isinstance(value := getattr(client, name), resource):
            yield from sdk_methods(value, resource, f"{path}{name}.")
        elif name in ("with_raw_response", "with_streaming_response") and not path:
            yield name


def tool_commands(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from tool_commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


def command_of(words):
    """The command that a command line calls; options of groups may stand between its words."""
    found, place = [], tool
    for word in words:
        if not isinstance(place, click.Group):
            break
        if word in place.commands:
            place = place.commands[word]
            found.append(word)
    return " ".join(found)


def rows(report):
    """A line for each method and command: its name, the checks that called it, and the result."""
    for path in sdk_methods(Parallel(api_key="-"), SyncAPIResource):
        yield path, SDK_LEFT_OUT, calls(report, [("sync", path), ("async", path)])
    for command in tool_commands(tool):
        yield f"parallel-cli {command}", TOOL_LEFT_OUT, calls(report, [("parallel-cli", command)])


def calls(report, keys):
    return [report.calls.get(key, {}) for key in keys]


def run(report):
    table, missing, stale = [], [], []
    for name, left_out, found in rows(report):
        reason = left_out.get(name.removeprefix("parallel-cli "))
        if reason:
            table.append((name, f"left out: {reason}", "-"))
            stale += [name] if any(found) else []
            continue
        missing += [name] if not all(found) else []
        checks = list(dict.fromkeys(short(check) for part in found for check in part))
        passed = all(found) and all(all(part.values()) for part in found)
        table.append((name, ", ".join(checks) or "nothing", "passed" if passed else "FAILED"))
    width = max(len(name) for name, _, _ in table)
    print(f"\n{'method or command':{width}}  result  what was checked", file=report.out)
    for name, checks, result in table:
        print(f"{name:{width}}  {result:6}  {checks}", file=report.out)
    print(file=report.out)
    report.check("every method of the SDK and every command of the tool was called", complete, missing, stale)
    asynchronous = set(sdk_methods(AsyncParallel(api_key="-"), AsyncAPIResource))
    report.check("the SDK has the same methods sync and async", same, asynchronous)


def short(check):
    for start in ("SDK sync: ", "SDK async: ", "parallel-cli "):
        check = check.removeprefix(start)
    return check


def complete(missing, stale):
    expect(not missing, f"not called: {', '.join(missing)}")
    expect(not stale, f"left out and called all the same: {', '.join(stale)}")


def same(asynchronous):
    synchronous = set(sdk_methods(Parallel(api_key="-"), SyncAPIResource))
    expect(synchronous == asynchronous, f"{sorted(synchronous ^ asynchronous)}")

"""The official SDK, sync and async, against the sandbox."""

import asyncio
import functools
import json

import parallel
from parallel import AsyncParallel, Parallel
from pydantic import BaseModel, Field

from harness import called, expect, expect_equal


class Company(BaseModel):
    founded: str = Field(description="Year of founding")
    employees: int
    people: list[str]


SCHEMA = {
    "type": "object",
    "properties": {"gdp": {"type": "string"}, "year": {"type": ["integer", "null"]}},
    "required": ["gdp", "year"],
    "additionalProperties": False,
}


class Sync:
    """The SDK's own calls; `Async` has the same names."""

    name = "sync"

    def __init__(self, sandbox, **options):
        self.client = Parallel(api_key=sandbox.key, base_url=sandbox.url, **options)

    def call(self, path, *arguments, **options):
        return method(self, self.client, path)(*arguments, **options)

    def stream(self, path, *arguments, **options):
        return list(self.call(path, *arguments, **options))

    def raw(self, path, **options):
        """The status and the parsed answer."""
        response = self.call(path, **options)
        return response.status_code, response.parse()

    def streamed(self, path, **options):
        """The answer's JSON, read piece by piece."""
        with self.call(path, **options) as response:
            return json.loads(b"".join(response.iter_bytes()))

    def made(self, path, **options):
        return self.call(path, **options)

    def close(self):
        self.call("close")
        expect(self.call("is_closed"), "still open")


class Async:
    name = "async"

    def __init__(self, sandbox, **options):
        self.options = dict(api_key=sandbox.key, base_url=sandbox.url, **options)

    def call(self, path, *arguments, **options):
        async def body():
            async with AsyncParallel(**self.options) as client:
                return await method(self, client, path)(*arguments, **options)

        return asyncio.run(body())

    def stream(self, path, *arguments, **options):
        async def body():
            async with AsyncParallel(**self.options) as client:
                return [event async for event in await method(self, client, path)(*arguments, **options)]

        return asyncio.run(body())

    def raw(self, path, **options):
        async def body():
            async with AsyncParallel(**self.options) as client:
                response = await method(self, client, path)(**options)
                return response.status_code, await response.parse()

        return asyncio.run(body())

    def streamed(self, path, **options):
        async def body():
            async with AsyncParallel(**self.options) as client:
                async with method(self, client, path)(**options) as response:
                    return json.loads(b"".join([piece async for piece in response.iter_bytes()]))

        return asyncio.run(body())

    def made(self, path, **options):
        return method(self, AsyncParallel(**self.options), path)(**options)

    def close(self):
        async def body():
            client = AsyncParallel(**self.options)
            await method(self, client, "close")()
            expect(method(self, client, "is_closed")(), "still open")

        asyncio.run(body())


def method(sdk, client, path):
    """The method of `client` at `path`, such as task_run.create."""
    *resource, name = path.split(".")
    # A wrapper of responses has the same methods; it counts as one, for all resources.
    wrappers = [part for part in resource if part.startswith("with_")]
    called((sdk.name, wrappers[0] if wrappers else path))
    return functools.reduce(getattr, path.split("."), client)


def create_and_retrieve(sdk):
    run = sdk.call("task_run.create", input="Is it alive?", processor="core", metadata={"k": "v"})
    expect_equal(run.status, "queued")
    expect(run.is_active, "a new run is not active")
    expect_equal(run.metadata, {"k": "v"})
    expect_equal(sdk.call("task_run.retrieve", run.run_id).interaction_id, run.run_id)


def result(sdk):
    run = sdk.call("task_run.create", input="Is it alive?", processor="lite")
    answer = sdk.call("task_run.result", run.run_id, api_timeout=30)
    expect_equal(answer.run.status, "completed")
    expect_equal(answer.output.type, "text")
    expect_equal([entry.field for entry in answer.output.basis], ["output"])


def result_times_out(sdk):
    run = sdk.call("task_run.create", input="i", processor="lite", metadata={"sandbox_delay": "5"})
    try:
        sdk.call("task_run.result", run.run_id, api_timeout=0)
    except parallel.APIStatusError as error:
        expect_equal(error.status_code, 408)
    else:
        raise AssertionError("no 408")


def execute_text(sdk):
    answer = sdk.call("task_run.execute", input="Mars", processor="core", output="a short text")
    expect_equal(answer.output.type, "text")
    expect("Mars" in answer.output.content, "the input is not in the text")


def execute_schema(sdk):
    output = {"type": "json", "json_schema": SCHEMA}
    answer = sdk.call("task_run.execute", input={"country": "France"}, processor="core", output=output)
    expect_equal(sorted(answer.output.content), ["gdp", "year"])
    expect_equal(sorted(entry.field for entry in answer.output.basis), ["gdp", "year"])
    expect_equal(answer.run.warnings, None)


def execute_model(sdk):
    answer = sdk.call("task_run.execute", input="OpenAI", processor="core", output=Company)
    expect(isinstance(answer.output.parsed, Company), "the output was not parsed")
    expect_equal(len(answer.output.parsed.people), 2)


def execute_automatic(sdk):
    answer = sdk.call("task_run.execute", input="OpenAI", processor="pro")
    expect_equal(answer.output.type, "json")
    expect(answer.output.output_schema, "no output_schema")


def run_input(sdk):
    settings = dict(
        input={"country": "France"}, processor="core", metadata={"a": "b"},
        mcp_servers=[{"type": "url", "url": "http://127.0.0.1:1/", "name": "n", "headers": {"x": "secret"}}],
        task_spec={"output_schema": {"type": "json", "json_schema": SCHEMA}},
    )
    run = sdk.call("task_run.create", **settings)
    answer = sdk.call("task_run.retrieve_input", run.run_id)
    expect_equal(answer.input, settings["input"])
    expect("secret" not in answer.model_dump_json(), "a header value came back")
    warnings = sdk.call("task_run.result", run.run_id).run.warnings
    expect(warnings[0].message.startswith("Error listing tools from MCP server n: "), f"{warnings}")


def events(sdk):
    run = sdk.call("task_run.create", input="OpenAI", processor="pro")
    seen = sdk.stream("task_run.events", run.run_id)
    expect_equal(seen[0].type, "task_run.state")
    expect_equal(seen[-1].type, "task_run.state")
    expect_equal(seen[-1].output.type, "json")
    expect(any(event.type.startswith("task_run.progress_msg.") for event in seen), "no messages")
    # A run that has ended has no trace any more.
    expect_equal([event.type for event in sdk.stream("task_run.events", run.run_id)], ["task_run.state"])


def expect_failure(sdk, kind, path, *arguments, **options):
    try:
        sdk.call(path, *arguments, **options)
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def errors(sdk):
    fails = functools.partial(expect_failure, sdk)
    fails(parallel.NotFoundError, "task_run.retrieve", "trun_none")
    fails(parallel.NotFoundError, "task_run.result", "trun_none")
    fails(parallel.PermissionDeniedError, "task_run.create", input="i", processor="none")
    fails(parallel.UnprocessableEntityError, "task_run.create", input="i", processor="lite", metadata={"k" * 17: "v"})
    fails(parallel.UnprocessableEntityError, "search", search_queries=[])
    run = sdk.call("task_run.create", input="i", processor="lite", metadata={"sandbox_status": "failed"})
    fails(parallel.NotFoundError, "task_run.result", run.run_id)
    expect_equal(sdk.call("task_run.retrieve", run.run_id).error.message, "Task execution failed")


def wrong_key(sandbox, kind):
    sdk = kind(sandbox)
    bad = {"x-api-key": "invalid"}
    try:
        sdk.call("task_run.create", input="i", processor="lite", extra_headers=bad)
    except parallel.AuthenticationError:
        return
    raise AssertionError("no AuthenticationError")


def search(sdk):
    answer = sdk.call(
        "search", search_queries=["open source LLMs"], objective="Which?", mode="fast",
        advanced_settings={"max_results": 3, "source_policy": {"include_domains": ["example.com"]}})
    expect_equal(len(answer.results), 3)
    expect(all(result.url.startswith("https://example.com/") for result in answer.results), "a foreign domain")


def extract(sdk):
    answer = sdk.call(
        "extract", urls=["https://example.com/a"], objective="Why?", search_queries=["a"], max_chars_total=9000,
        advanced_settings={"full_content": {"max_chars_per_result": 5000}, "excerpt_settings": {"max_chars_per_result": 2000}})
    expect_equal([page.url for page in answer.results], ["https://example.com/a"])
    expect(answer.results[0].full_content, "no full content")


def memory(sdk):
    scope = f"scope-{sdk.name}"
    run = sdk.call("task_run.create", input="Which memory?", processor="lite", extra_body={"memory_scope_key": scope})
    sdk.call("task_run.result", run.run_id, api_timeout=30)
    found = sdk.call("beta.memory.retrieve", query="memory", kind="task", limit=5, memory_scope_key=scope)
    expect_equal([entry.id for entry in found.results], [run.run_id])
    expect_equal(sdk.call("beta.memory.evict", id=run.run_id, kind="task", memory_scope_key=scope), None)
    expect_equal(sdk.call("beta.memory.retrieve", memory_scope_key=scope).results, [])
    expect_equal(sdk.call("beta.memory.clear", memory_scope_key=scope), None)


def responses(sdk):
    """What the SDK offers beside its models: the response itself, whole or as it comes."""
    question = {"input": "Is it alive?", "processor": "lite"}
    for path, status, arguments in [
        ("with_raw_response.search", 200, {"search_queries": ["a"]}), ("task_run.with_raw_response.create", 202, question),
        ("task_group.with_raw_response.create", 200, {}), ("monitor.with_raw_response.list", 200, {}),
        ("beta.findall.with_raw_response.ingest", 200, {"objective": "Find robots"}),
        ("beta.memory.with_raw_response.retrieve", 200, {}),
    ]:
        found, answer = sdk.raw(path, **arguments)
        expect_equal((found, isinstance(answer, BaseModel)), (status, True), path)
    expect_equal(sdk.streamed("task_run.with_streaming_response.create", **question)["status"], "queued")


def undocumented(sdk):
    """The methods for endpoints that the SDK has none for."""
    prompt = [{"role": "user", "content": "Is it alive?"}]
    for path, body, member in [
        ("/v1/images/search", {"search_queries": ["a robot"]}, "results"),
        ("/v1/places/search", {"query": "coffee", "location": "Seattle"}, "results"),
        ("/v1/decisions", {"state": "Intel", "questions": {"open": {"type": "noul", "instructions": "Open?"}}}, "answers"),
        ("/v1beta/chat/completions", {"model": "lite", "messages": prompt}, "choices"),
        ("/v1/responses", {"model": "parallel", "input": "Is it alive?"}, "output"),
    ]:
        found = sdk.call("post", path, body=body, cast_to=object)
        expect(found[member], f"{path}: {found}")
    for path, member in [("/v1/monitors/stats", "total"), ("/.well-known/oauth-authorization-server", "token_endpoint")]:
        expect(member in sdk.call("get", path, cast_to=object), f"{path}: no {member}")
    for name in ("put", "patch", "delete"):
        expect_failure(sdk, parallel.APIStatusError, name, "/v1/monitors/stats", cast_to=object)


def options(sdk):
    """A client made from another one asks with what it was given, and the first one stays as it was."""
    for name in ("copy", "with_options"):
        other = sdk.made(name, default_headers={"x-test": "1"})
        expect_equal((other.default_headers["x-test"], "x-test" in sdk.made(name).default_headers), ("1", False))
    sdk.close()


def retries(sandbox, kind):
    """The SDK retries what it should, and the sandbox lets the retry through."""
    sdk = kind(sandbox, max_retries=2)
    before = len(sandbox.log())
    name = f"retried {kind.name}"
    sdk.call("task_run.create", input=name, processor="lite", metadata={"sandbox_create": "503", "sandbox_retry": "0.1"})
    sent = [e for e in sandbox.log(before) if e["event"] == "request" and e["body"]["input"] == name]
    expect_equal([e["headers"]["x-stainless-retry-count"] for e in sent], ["0", "1"])


def run(report, sandbox):
    for kind in (Sync, Async):
        for check in (create_and_retrieve, result, result_times_out, execute_text, execute_schema, execute_model,
                      execute_automatic, run_input, events, errors, search, extract, memory, responses,
                      undocumented, options):
            report.check(f"SDK {kind.name}: {check.__name__}", check, kind(sandbox, max_retries=0))
        report.check(f"SDK {kind.name}: wrong_key", wrong_key, sandbox, kind)
        report.check(f"SDK {kind.name}: retries", retries, sandbox, kind)

"""What schemathesis checks of each answer, beside what it checks by itself."""

import json
from pathlib import Path

import schemathesis

from contract import Contract
from event_schemas import misfits

contract = Contract(json.loads(Path(__file__).with_name("openapi.json").read_text()))


@schemathesis.check
def events_fit(context, response, case):
    """Each event of a stream has the data that the description says."""
    if not response.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        return
    operation = contract.operation(case.method, case.path.removeprefix("/account"))
    schema = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]
    problems = misfits(contract, schema, response.text, "event")
    assert not problems, "; ".join(problems[:3])


@schemathesis.check
def not_without_cause(context, response, case):
    """Nothing here is a cause for the statuses of a lack of credit or of too many requests."""
    assert response.status_code not in (402, 429), f"status {response.status_code}"

"""What went over the wire, from the sandbox's log."""

import collections
import json
from dataclasses import dataclass, field


@dataclass
class Deliveries:
    """How often results were sent."""
    requests: int = 0
    results: int = 0
    # Again, because the client had been killed before it wrote them.
    lost: int = 0
    # Again, because a run before them was active the first time, so that the client had no use for them.
    behind: int = 0
    # Again, although the client had them: these runs.
    again: list = field(default_factory=list)

    @property
    def twice(self):
        return self.lost + self.behind + len(self.again)


class Traffic:
    def __init__(self, log, kills):
        """`kills` has the time of each kill and the runs whose results were on the client's disk then."""
        self.kills = kills
        self.requests = []
        self.answers = {}
        self.texts = collections.defaultdict(str)
        for line in log.read_text().splitlines():
            entry = json.loads(line)
            if entry["event"] == "request":
                self.requests.append(entry)
            elif entry["event"] == "response":
                self.answers[entry["id"]] = entry
            elif entry["event"] == "piece":
                self.texts[entry["id"]] += entry["body"]

    def additions(self):
        """The requests that add runs, each with its answer."""
        for request in self.requests:
            if request["method"] == "POST" and request["path"].endswith("/runs") and request["id"] in self.answers:
                yield request, self.answers[request["id"]]

    def happened(self):
        """How often each thing that a crash test is about came to pass."""
        statuses = collections.Counter(answer["status"] for answer in self.answers.values())
        return {
            "kills": len(self.kills),
            "results on the disk at the last kill": len(self.kills[-1][1]),
            "answers lost after runs were added": sum(answer.get("fault") == "drop" for _, answer in self.additions()),
            "answers 500": statuses[500],
            "answers 429": statuses[429],
            "streams cut": sum(not text.endswith("\n\n") for text in self.texts.values()),
        }

    def accepted(self):
        """How many runs were added if every lost answer was that of a request that took effect."""
        return sum(size(request["body"]["inputs"]) for request, answer in self.additions()
                   if answer["status"] == 200 or answer.get("fault") == "drop")

    def events(self, request):
        """The events that the answer to a request had whole."""
        for block in self.texts.get(request["id"], "").split("\n\n")[:-1]:
            if block.startswith("event: "):
                yield json.loads(block.split("\ndata: ", 1)[1])

    def results(self, request):
        """The runs whose results were sent in answer to a request, and whether the client could use each."""
        if request["query"].get("include_output") == "true":
            is_behind = False
            for event in self.events(request):
                if event["run"]["is_active"]:
                    is_behind = True
                else:
                    yield event["run"]["run_id"], not is_behind
        elif request["path"].endswith("/result"):
            answer = self.answers.get(request["id"], {})
            if answer.get("status") == 200 and "fault" not in answer:
                yield answer["body"]["run"]["run_id"], True

    def deliveries(self):
        found = Deliveries()
        kills = collections.deque(self.kills)
        sent = set()
        # What any process, and what the present one, was sent and could use; what was on the disk when that began.
        usable, taken, on_disk = set(), set(), set()
        for request in self.requests:
            # A process that goes on with a group first asks how many runs that has.
            is_count = request["method"] == "GET" and request["path"].split("/")[-2] == "groups"
            while is_count and kills and kills[0][0] < request["monotonic_ns"]:
                on_disk = kills.popleft()[1]
                taken = set()
            results = list(self.results(request))
            found.requests += bool(results)
            found.results += len(results)
            for run, is_usable in results:
                if run in taken or run in on_disk:
                    found.again.append(run)
                elif run in usable:
                    found.lost += 1
                elif run in sent:
                    found.behind += 1
                sent.add(run)
                if is_usable:
                    usable.add(run)
                    taken.add(run)
        return found


def size(inputs):
    return inputs if isinstance(inputs, int) else len(inputs)

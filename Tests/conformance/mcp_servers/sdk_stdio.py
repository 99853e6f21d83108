"""The server of the matrix over stdio, built with the official Python SDK that this interpreter has."""

import os
import sys

import features
from sdk import make_server

server = make_server({}, name="stdio", instructions="A server of the conformance matrix.", log_level="CRITICAL")
features.add(server, lambda event: print(event, file=sys.stderr, flush=True))
print("the environment:", " ".join(sorted(os.environ)), file=sys.stderr, flush=True)
server.run("stdio")

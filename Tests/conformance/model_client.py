"""The SDK of a provider of models: sends one request and prints what the SDK understood as JSON.

    model_client.py openai|chat|anthropic URL whole|stream ARGUMENTS
"""

import json
import sys

provider, url, manner, arguments = sys.argv[1:]
arguments = json.loads(arguments)
if provider in ("openai", "chat"):
    import openai as sdk

    client = sdk.OpenAI(base_url=url, api_key="model-key", max_retries=0)
    create = client.chat.completions.create if provider == "chat" else client.responses.create
else:
    import anthropic as sdk

    create = sdk.Anthropic(base_url=url, api_key="model-key", max_retries=0).beta.messages.create

try:
    events = []
    if manner == "whole":
        answer = create(**arguments)
        result = {"answer": answer.model_dump()}
    else:
        events = [event for event in create(**arguments, stream=True)]
        result = {"events": [event.model_dump() for event in events]}
    # What the SDK has no class for is left as a plain object, which a typo would be, too.
    member = {"openai": "output", "chat": "choices", "anthropic": "content"}[provider]
    items = [] if events else getattr(answer, member) or []
    result["classes"] = [type(item).__name__ for item in events or items]
except sdk.APIStatusError as error:
    result = {"error": type(error).__name__, "status": error.status_code, "message": str(error)}
except sdk.APIError as error:
    result = {"error": type(error).__name__, "message": str(error)}
except Exception as error:  # A stream that breaks off is an error of the SDK's HTTP library.
    result = {"error": type(error).__name__, "message": str(error)}
print(json.dumps(result, default=str))

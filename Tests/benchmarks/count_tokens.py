"""Prints how many tokens each text of a JSON object of names and texts has, as a JSON object; its file is the argument.

The tokenizer is Tekken, whose vocabulary comes with the package mistral-common. Of the usual ones it makes the most tokens
of English with commands in it.
"""

import json
import pathlib
import sys

import mistral_common
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

vocabulary = pathlib.Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
tokenizer = Tekkenizer.from_file(vocabulary)
texts = json.loads(pathlib.Path(sys.argv[1]).read_text())
print(json.dumps({name: len(tokenizer.encode(text, bos=False, eos=False)) for name, text in texts.items()}))

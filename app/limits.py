"""How long what is written may be, in characters; one number each for page, API and service."""

MAX_MESSAGE = 2_000  # as much as the readers read (agents/text.py, agents/llm/prompts.py)
MAX_REPLY = 10_000

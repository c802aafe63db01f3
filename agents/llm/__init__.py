"""The language model: its clients, its prompts, and how much of a conversation it sees."""

"""Words of a reply (natural language generation): streamed and checked, or from templates."""

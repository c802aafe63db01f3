"""From a message to a plan (natural language understanding): by rules, by what is learnt, by a language model."""

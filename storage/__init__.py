"""What Palate remembers: items, interactions, conversations, turns, impressions and feedback."""

"""What a turn does beside ranking (dialogue policy): ask, guess, offer, accept a choice, step aside."""

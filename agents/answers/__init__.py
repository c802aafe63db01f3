"""Answers to questions about the cards, from the catalogue."""

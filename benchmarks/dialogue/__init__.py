"""What conversations are measured by: recall in recorded dialogues, and a simulated user."""

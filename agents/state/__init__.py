"""What is wanted, kept over the turns (dialogue state tracking), and the request it makes."""

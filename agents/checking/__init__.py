"""Whether a sentence about items is carried by evidence."""

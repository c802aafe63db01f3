"""What English and Chinese phrases say by themselves, whatever the catalogue: negation, ranges, counts, who watches."""

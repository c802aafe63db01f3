"""From the words of a message to items and facet values of the catalogue, and what is in no catalogue."""

"""Made-up histories with something to learn.

People mostly walk round a ring of items, and sometimes jump, most often to a few well-liked ones. So there is an
order to learn, popularity to count, and co-occurrence for neighbours.
"""

import numpy as np

from recommender.data.sequences import Indexes, Split, leave_one_out

N_ITEMS, N_SEEN = 40, 36  # the last four are in the catalogue and in no history
ITEMS = tuple(f"thing-{number:02}" for number in range(1, N_ITEMS + 1))


def indexes(*items: int) -> Indexes:
    """A history."""
    return np.array(items, dtype=np.int32)


def markov_split(seed: int = 7, people: int = 150) -> Split:
    """Histories of 4 to 12 items: the next one on the ring, or with probability .3 a jump."""
    random = np.random.default_rng(seed)
    jump = 1 / np.arange(1, N_SEEN + 1)
    histories = {}
    for person in range(people):
        item = int(random.integers(N_SEEN))
        history = []
        for _ in range(random.integers(4, 13)):
            history.append(item + 1)
            item = int(random.choice(N_SEEN, p=jump / jump.sum())) if random.random() < 0.3 else (item + 1) % N_SEEN
        histories[f"person-{person}"] = history
    return leave_one_out(histories, ITEMS)

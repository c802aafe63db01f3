"""A made-up shop of sixty things and people who buy there: categories, brands, colours and prices, nothing of films."""

from storage.records import ItemRecord

BRANDS = ("Aldine", "Birkveld", "Corvane", "Dunmere", "Elstow")
COLOURS = ("red", "blue", "green", "black", "white")
_WAYS = (("light", 0.8), ("sturdy", 1.0), ("compact", 1.2), ("handmade", 1.5), ("foldable", 2.0))
# category, the thing, what it is for, a middling price
KINDS = (
    ("notebooks", "Notebook", "for plans and sketches", 10.0),
    ("pens", "Fountain Pen", "for long letters", 35.0),
    ("backpacks", "Backpack", "for day walks", 70.0),
    ("headphones", "Headphones", "for noisy trains", 120.0),
    ("speakers", "Speaker", "for small kitchens", 85.0),
    ("helmets", "Bicycle Helmet", "for rides in the city", 55.0),
    ("scarves", "Wool Scarf", "for cold mornings", 28.0),
    ("candles", "Candle", "for slow evenings", 14.0),
    ("puzzles", "Puzzle", "for rainy weekends", 24.0),
    ("guitars", "Guitar", "for the first chords", 210.0),
    ("telescopes", "Telescope", "for clear nights", 180.0),
    ("umbrellas", "Umbrella", "for sudden showers", 22.0),
)


def _things() -> list[ItemRecord]:
    things = []
    for kind, (category, thing, use, price) in enumerate(KINDS):
        for number, brand in enumerate(BRANDS):
            way, factor = _WAYS[(number + kind) % 5]
            attributes = {"category": category, "brand": brand, "colour": COLOURS[(number + 2 * kind) % 5],
                          "price": round(price * factor, 2)}  # fmt: skip
            text = f"A {way} {thing.lower()} {use}."
            things.append(ItemRecord(f"{category}-{number + 1}", f"{brand} {thing}", text, attributes=attributes))
    return things


THINGS = tuple(_things())


def histories(people: int = 40) -> dict[str, list[str]]:
    """Who bought what, oldest first. There is something to learn: people keep to a brand or walk through a category."""
    bought = {}
    for person in range(people):
        start = (7 * person) % len(THINGS)
        step = 5 if person % 2 else 1
        bought[f"person-{person}"] = [THINGS[(start + step * i) % len(THINGS)].id for i in range(4 + person % 3)]
    return bought

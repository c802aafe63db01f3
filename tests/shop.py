"""A small made-up shop, so that tests show what holds for things that are not films.

Not tidy on purpose: some things have no price, one price is text, some have no colour.
"""

from storage.records import ItemRecord

# id, title, category, brand, price, colours, text
_THINGS = (
    ("kettle-01", "Brim Gooseneck Kettle", "kettles", "Brim", 49.9, ["black"], "Slow pour for filter coffee."),
    ("kettle-02", "Brim Stovetop Kettle", "kettles", "Brim", 29.0, ["red", "white"], "Whistles when the water boils."),
    ("kettle-03", "Halden Electric Kettle", "kettles", "Halden", 64.0, ["steel"], "Keeps a set temperature."),
    ("kettle-04", "Tarn Travel Kettle", "kettles", "Tarn", 24.5, ["blue"], "Folds flat and fits in a bag."),
    ("teapot-01", "Ostara Clay Teapot", "teapots", "Ostara", 38.0, ["brown"], "Unglazed clay that takes on the tea."),
    ("teapot-02", "Ostara Glass Teapot", "teapots", "Ostara", 27.5, [], "See the leaves open."),
    ("teapot-03", "Brim Iron Teapot", "teapots", "Brim", 72.0, ["black", "green"], "Heavy and slow to cool."),
    ("mug-01", "Tarn Camping Mug", "mugs", "Tarn", 9.9, ["blue", "white"], "Enamel, takes a fall."),
    ("mug-02", "Ostara Stoneware Mug", "mugs", "Ostara", 16.0, ["grey"], "Holds a large coffee."),
    ("mug-03", "Halden Thermo Mug", "mugs", "Halden", 31.0, ["steel", "black"], "Hot for six hours."),
    ("mug-04", "Ostara Espresso Cup", "mugs", "Ostara", 11.0, ["white"], "Thick walls, small sips."),
    ("knife-01", "Fjell Bread Knife", "knives", "Fjell", 44.0, [], "Long teeth for hard crust."),
    ("knife-02", "Fjell Paring Knife", "knives", "Fjell", 18.0, ["red"], "Short blade for fruit."),
    ("knife-03", "Halden Chef's Knife", "knives", "Halden", 89.0, ["steel"], "One knife for most things."),
    ("board-01", "Fjell Oak Board", "boards", "Fjell", 35.0, ["brown"], "Heavy board with a juice groove."),
    ("board-02", "Tarn Folding Board", "boards", "Tarn", 14.0, ["green"], "Funnels into the pan."),
    ("pan-01", "Halden Frying Pan", "pans", "Halden", 59.0, ["black"], "Carbon steel that gets better with use."),
    ("pan-02", "Halden Saucepan", "pans", "Halden", 47.0, ["steel"], "Pours from both sides."),
    ("pan-03", "Brim Milk Pan", "pans", "Brim", 22.0, ["white"], "Small, with a lip."),
    ("pan-04", "Tarn Camp Pan", "pans", "Tarn", 19.5, ["black"], "Handle folds over the lid."),
    ("lamp-01", "Lume Desk Lamp", "lamps", "Lume", 54.0, ["black", "white"], "Arm that stays where it is put."),
    ("lamp-02", "Lume Reading Lamp", "lamps", "Lume", 39.0, ["green"], "Clips to a headboard."),
    ("lamp-03", "Lume Paper Lantern", "lamps", "Lume", 12.0, ["white"], "Soft light for a corner."),
    ("lamp-04", "Tarn Lantern", "lamps", "Tarn", 28.0, ["yellow"], "Runs three nights on a charge."),
    ("chair-01", "Sedge Reading Chair", "chairs", "Sedge", 320.0, ["green", "brown"], "Low, deep and quiet."),
    ("chair-02", "Sedge Folding Chair", "chairs", "Sedge", 45.0, ["blue"], "Hangs flat on the wall."),
    ("chair-03", "Sedge Desk Chair", "chairs", "Sedge", "$189.00", ["grey"], "Leans with the back."),
    ("rug-01", "Sedge Wool Rug", "rugs", "Sedge", 240.0, ["grey", "red"], "Thick pile, warm feet."),
    ("rug-02", "Sedge Jute Rug", "rugs", "Sedge", 95.0, ["brown"], "Coarse and hard to hurt."),
    ("blanket-01", "Woolly Throw", "blankets", "Sedge", 68.0, ["yellow", "grey"], "For two on a sofa."),
    ("blanket-02", "Tarn Camp Blanket", "blankets", "Tarn", 42.0, ["green"], "Rain runs off one side."),
    ("pot-01", "Mossby Clay Pot", "plant pots", "Mossby", 8.0, ["brown"], "With a saucer."),
    ("pot-02", "Mossby Hanging Pot", "plant pots", "Mossby", 17.0, ["white"], "Three cords, one hook."),
    ("can-01", "Mossby Watering Can", "garden tools", "Mossby", 26.0, ["green"], "Long neck, no dripping."),
    ("trowel-01", "Mossby Trowel", "garden tools", "Mossby", 15.0, ["steel"], "Ash handle, forged blade."),
    ("shears-01", "Fjell Garden Shears", "garden tools", "Fjell", 33.0, ["red"], "Springs back by itself."),
    ("tent-01", "Tarn One-Person Tent", "tents", "Tarn", 199.0, ["green"], "Under a kilo, up in a minute."),
    ("tent-02", "Tarn Family Tent", "tents", "Tarn", 389.0, ["yellow", "blue"], "Two rooms and a porch."),
    ("stove-01", "Tarn Gas Stove", "camp stoves", "Tarn", None, ["steel"], "Boils a litre in four minutes."),
    ("voucher", "Gift Voucher", "vouchers", "", None, [], ""),
)

ITEMS = tuple(
    ItemRecord(
        id=item_id,
        title=title,
        text=text,
        attributes={"category": category, "brand": brand, "price": price, "colours": colours},
    )
    for item_id, title, category, brand, price, colours, text in _THINGS
)

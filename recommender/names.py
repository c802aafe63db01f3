"""What models and changes of histories are called: for arguments and settings, before anything is loaded."""

VARIANTS = {"sasrec-ids": "sasrec", "sasrec-ligr": "sasrec"}  # name: the model it is a variant of
NAMES = ("popular", "item-knn", "ease", "gru4rec", "sasrec", "e-llmrec", "slmrec", *VARIANTS)
AUGMENTATIONS = ("crop", "mask", "reorder")

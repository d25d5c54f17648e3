"""What the fall model says of a clip."""

FALL = "fall"
LABELS = ("other", FALL, "walking", "standing", "sitting")
"""In the order of its scores. Who has fallen and lies there is "other", like everything that has no name of its own."""

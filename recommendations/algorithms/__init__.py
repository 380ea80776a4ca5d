"""What to show to whom, as mathematics: arrays in, arrays out. Nothing here knows Django."""

"""How the console writes dates and hours."""

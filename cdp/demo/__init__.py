"""An invented shop: its goods, its people and what they did in the last months. Demo mode only."""

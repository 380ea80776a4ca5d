"""About 240 invented things in twelve categories. Pure and always the same."""

import random
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

CURRENCY = "EUR"

COLLECTIONS = (
    "Nordic",
    "Botanical",
    "Harbour",
    "Meadow",
    "Terrazzo",
    "Midnight",
    "Linen",
    "Copper",
)
"""Things of a collection look alike and are bought together."""

BRANDS = ("Ferrow", "Lumen & Co", "Tidewell", "Maple Lane", "Orrin", "Vesper", "Pebble", "Halden")

GOODS: dict[str, tuple[tuple[float, float], str]] = {
    "Candles": (
        (6, 28),
        "Pillar Candle, Scented Candle, Tealight Set, Taper Candles, Candle Jar, Candle Holder, "
        "Lantern, Wax Melts, Snuffer, Matches",
    ),
    "Kitchen": (
        (5, 45),
        "Mug, Teapot, Mixing Bowl, Bread Bin, Serving Plate, Storage Jar, Apron, Tea Towel, "
        "Egg Cups, Cake Stand",
    ),
    "Table": (
        (8, 60),
        "Napkins, Table Runner, Carafe, Wine Glasses, Cutlery Set, Placemats, Salad Bowl, "
        "Butter Dish, Tumblers, Coasters",
    ),
    "Textiles": (
        (14, 90),
        "Cushion, Throw, Quilt, Pillowcase, Rug, Curtain, Bath Towel, Wool Blanket, "
        "Seat Pad, Bath Mat",
    ),
    "Lighting": (
        (19, 140),
        "Table Lamp, Floor Lamp, Pendant Light, Fairy Lights, Night Light, Desk Lamp, "
        "Wall Light, Lampshade, Reading Light, Garden Light",
    ),
    "Garden": (
        (6, 55),
        "Plant Pot, Watering Can, Bird Feeder, Hanging Planter, Trowel, Seed Box, Trellis, "
        "Garden Gloves, Wind Chime, Bird Bath",
    ),
    "Stationery": (
        (3, 24),
        "Notebook, Pen, Greeting Cards, Wrapping Paper, Calendar, Desk Tray, Pencil Set, "
        "Washi Tape, Sticker Sheet, Photo Album",
    ),
    "Toys": (
        (7, 48),
        "Wooden Train, Puzzle, Soft Rabbit, Building Blocks, Doll, Spinning Top, Card Game, "
        "Kite, Play Tent, Paint Box",
    ),
    "Bags": (
        (12, 110),
        "Tote Bag, Backpack, Purse, Lunch Bag, Weekend Bag, Wash Bag, Shopper, Pouch, "
        "Belt Bag, Laptop Sleeve",
    ),
    "Jewellery": (
        (9, 85),
        "Necklace, Bracelet, Ear Studs, Ring, Brooch, Anklet, Hoop Earrings, Pendant, "
        "Charm, Jewellery Box",
    ),
    "Clothing": (
        (10, 95),
        "Scarf, Beanie, Socks, Cardigan, Shirt, Slippers, Dressing Gown, Gloves, "
        "Jumper, Rain Jacket",
    ),
    "Gifts": (
        (5, 40),
        "Gift Box, Soap Set, Hand Cream, Chocolate Box, Tea Sampler, Hip Flask, Frame, "
        "Keyring, Bath Salts, Recipe Book",
    ),
}

GOES_WITH = {
    "Candles": "Gifts",
    "Kitchen": "Table",
    "Table": "Kitchen",
    "Textiles": "Lighting",
    "Lighting": "Textiles",
    "Garden": "Candles",
    "Stationery": "Gifts",
    "Toys": "Stationery",
    "Bags": "Clothing",
    "Jewellery": "Bags",
    "Clothing": "Jewellery",
    "Gifts": "Candles",
}
"""The category that a basket with something of the first one often holds, too."""


@dataclass(frozen=True, slots=True)
class Good:
    """One thing on sale."""

    item_id: str
    name: str
    category: str
    brand: str
    collection: str
    price: Decimal
    in_stock: bool


@lru_cache(maxsize=1)
def goods() -> tuple[Good, ...]:
    """All of them, in the order of their ids."""
    dice = random.Random("goods")  # noqa: S311  a demonstration, not a secret
    return tuple(
        Good(
            item_id=f"{category[:3].upper()}-{number:03d}",
            name=f"{collection} {noun}",
            category=category,
            brand=dice.choice(_brands(category)),
            collection=collection,
            price=_price(dice, *GOODS[category][0]),
            in_stock=dice.random() > 0.03,
        )
        for category, (_, nouns) in GOODS.items()
        for number, (noun, collection) in enumerate(_variants(dice, nouns), 1)
    )


def _variants(dice: random.Random, nouns: str) -> list[tuple[str, str]]:
    return [
        (noun.strip(), collection)
        for noun in nouns.split(",")
        for collection in dice.sample(COLLECTIONS, 2)
    ]


def _brands(category: str) -> list[str]:
    """Three brands make most of a category."""
    start = list(GOODS).index(category)
    return [BRANDS[(start + step) % len(BRANDS)] for step in (0, 0, 1, 3)]


def _price(dice: random.Random, low: float, high: float) -> Decimal:
    amount = low + (high - low) * dice.random() ** 1.8
    return Decimal(int(amount)) + Decimal("0.90" if dice.random() < 0.7 else "0.50")

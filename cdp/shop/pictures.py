"""Pictures of goods that do not exist, drawn as SVG from what they are. Pure."""

from hashlib import blake2b

PALETTES = {
    "Nordic": ("#eef3f6", "#37617a", "#a9c4d1"),
    "Botanical": ("#edf4ea", "#3f6b47", "#a9cba4"),
    "Harbour": ("#eaf0f8", "#2b4a7d", "#d96a4a"),
    "Meadow": ("#fbf6e3", "#8a7a1f", "#e3c94f"),
    "Terrazzo": ("#f8eeea", "#9c4f3b", "#d9a08c"),
    "Midnight": ("#e6e5f0", "#2c2a52", "#8d86c9"),
    "Linen": ("#f6f1ea", "#7b6a55", "#cbb99f"),
    "Copper": ("#f9ece2", "#a2552a", "#e0a06c"),
}
PLAIN = ("#f0f0ee", "#55585c", "#b5b8bb")

SHAPES = {
    "Candles": '<rect class="b" x="76" y="80" width="48" height="80" rx="6"/>'
    '<path class="a" d="M100 36c16 18 14 34 0 38c-14-4-16-20 0-38z"/>'
    '<path class="l" d="M100 74v10"/>',
    "Kitchen": '<path class="b" d="M56 70h74v52a26 26 0 0 1-26 26H82a26 26 0 0 1-26-26z"/>'
    '<path class="l" d="M130 82h12a14 14 0 0 1 0 34h-12"/>'
    '<path class="s" d="M78 54c-6-8 6-10 0-20M104 54c-6-8 6-10 0-20"/>',
    "Table": '<circle class="b" cx="100" cy="100" r="52"/><circle class="a" cx="100" cy="100" '
    'r="32"/><path class="l" d="M34 60v80M166 60v80"/>',
    "Textiles": '<rect class="b" x="50" y="56" width="100" height="88" rx="16"/>'
    '<path class="s" d="M50 84h100M50 116h100M84 56v88M116 56v88"/>',
    "Lighting": '<path class="b" d="M76 44h48l22 52H54z"/>'
    '<path class="l" d="M100 96v50M74 150h52"/>'
    '<circle class="a" cx="100" cy="108" r="10"/>',
    "Garden": '<path class="b" d="M66 106h68l-10 48H76z"/>'
    '<path class="a" d="M100 104c-34-4-40-34-36-52c22 4 36 20 36 52zM100 104c0-34 12-48 38-56'
    'c4 26-8 52-38 56z"/>',
    "Stationery": '<rect class="b" x="62" y="42" width="76" height="116" rx="6"/>'
    '<path class="s" d="M78 72h46M78 92h46M78 112h30"/><rect class="a" x="62" y="42" width="12" '
    'height="116" rx="4"/>',
    "Toys": '<rect class="b" x="50" y="98" width="50" height="50" rx="6"/>'
    '<rect class="a" x="102" y="98" width="50" height="50" rx="6"/>'
    '<circle class="b" cx="100" cy="70" r="26"/>',
    "Bags": '<path class="b" d="M56 78h88l8 76H48z"/>'
    '<path class="l" d="M78 92V66a22 22 0 0 1 44 0v26"/>'
    '<rect class="a" x="84" y="108" width="32" height="20" rx="4"/>',
    "Jewellery": '<path class="l" d="M54 46c4 56 28 74 46 74s42-18 46-74"/>'
    '<path class="a" d="M100 118l20 20l-20 26l-20-26z"/>',
    "Clothing": '<path class="b" d="M74 48l26 14l26-14l34 26l-18 24l-12-8v64H70V90l-12 8l-18-24z"/>'
    '<path class="s" d="M70 128h60"/>',
    "Gifts": '<rect class="b" x="54" y="82" width="92" height="70" rx="4"/>'
    '<rect class="a" x="48" y="66" width="104" height="22" rx="4"/>'
    '<path class="l" d="M100 66v86M100 66c-30-4-34-30-16-30s16 30 16 30"/>'
    '<path class="l" d="M100 66c0 0-2-30 16-30s14 26-16 30"/>',
}
DOT = '<circle class="b" cx="100" cy="100" r="44"/>'


def draw(item_id: str, category: str, collection: str) -> str:
    """A square picture, 200 by 200 units. Shape by category, colours by collection, turned and
    sized a little by the id, so that neighbours differ."""
    ground, dark, light = PALETTES.get(collection, PLAIN)
    first, second = blake2b(item_id.encode(), digest_size=2).digest()
    turn, size = (first % 17) - 8, 0.86 + (second % 25) / 100
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
        f"<style>.b{{fill:{dark}}}.a{{fill:{light}}}.l,.s{{fill:none;stroke-linecap:round}}"
        f".l{{stroke:{dark};stroke-width:7}}.s{{stroke:{light};stroke-width:5}}</style>"
        f'<rect width="200" height="200" fill="{ground}"/>'
        f'<circle cx="{40 + first % 120}" cy="{30 + second % 60}" r="64" fill="#fff" opacity=".5"/>'
        f'<g transform="translate(100 100) rotate({turn}) scale({size:.2f}) translate(-100 -100)">'
        f"{SHAPES.get(category, DOT)}</g></svg>"
    )

"""A small storefront for demonstrations: a client of the public API like any other shop."""

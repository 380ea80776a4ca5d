"""Ids that follow from what a message is, so that reading it again gives the same ones. Pure."""

from hashlib import blake2b


def receipt_key(message_id: str) -> bytes:
    """The 16 bytes under which a message's receipt stands."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def derived_message_id(request: str, index: int) -> str:
    """The id of a message whose sender gave none: the request it came in, and its place there."""
    return f"{request}-{index}"

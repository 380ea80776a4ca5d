"""Requests as real SDKs send them, with the values made up: what was recorded are the shapes."""

from typing import Any

CONTEXT: dict[str, Any] = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile Safari/604.1",
    "locale": "en-GB",
    "timezone": "Europe/Berlin",
    "page": {
        "path": "/p/1",
        "referrer": "https://search.example/?q=mug",
        "search": "?email=ada@example.org",
        "title": "Mug",
        "url": "https://shop.example/p/1?email=ada@example.org",
    },
    "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
}

BROWSER_TRACK: dict[str, Any] = {
    "timestamp": "2026-03-01T10:00:00.000Z",
    "integrations": {},
    "anonymousId": "0f4a2c9e-8b1d-4c3e-9a77-2f1f5d0c6b11",
    "type": "track",
    "event": "Product Viewed",
    "properties": {"product_id": "p1", "price": 9.5, "category": "Mugs"},
    "context": CONTEXT,
    "messageId": "ajs-next-1740823200000-7d0c6a38",
    "userId": None,
    "writeKey": "key",
    "sentAt": "2026-03-01T10:00:01.000Z",
    "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
}
PYTHON_BATCH: dict[str, Any] = {
    "sentAt": "2026-03-01T10:00:05+00:00",
    "writeKey": "key",
    "batch": [
        {
            "type": "identify",
            "userId": 12345,
            "anonymousId": None,
            "traits": {"email": "ada@example.org"},
            "timestamp": "2026-03-01T10:00:00+00:00",
            "messageId": "5d2a7a5e-0f7f-4a86-9d5f-7b6b54c1f001",
            "context": {"library": {"name": "analytics-python", "version": "2.3.4"}},
            "integrations": {},
        },
        {
            "type": "track",
            "event": "Order Completed",
            "userId": "12345",
            "timestamp": "2026-03-01T10:00:02+00:00",
            "messageId": "5d2a7a5e-0f7f-4a86-9d5f-7b6b54c1f002",
            "properties": {
                "order_id": "o-1",
                "revenue": "25.50",
                "currency": "eur",
                "products": [
                    {"product_id": "p1", "price": 10, "quantity": 2},
                    {"sku": "p2", "price": "5.50"},
                ],
            },
            "context": {},
        },
    ],
}
NODE_PAGE: dict[str, Any] = {
    "type": "page",
    "userId": "u1",
    "name": "Home",
    "properties": {"url": "https://shop.example/"},
    "timestamp": "2026-03-01T10:00:00.123Z",
    "messageId": "node-next-1740823200123-0a1b",
    "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
    "_metadata": {"nodeVersion": "22.1.0", "jsRuntime": "node"},
}
ALIAS: dict[str, Any] = {"type": "alias", "previousId": "anon-1", "userId": "u1", "messageId": "a1"}
GROUP: dict[str, Any] = {
    "type": "group",
    "userId": "u1",
    "groupId": 77,
    "traits": {"name": "Initech", "employees": 329},
    "messageId": "g1",
}
SCREEN: dict[str, Any] = {
    "type": "screen",
    "anonymousId": "device-1",
    "name": "Basket",
    "category": "Checkout",
    "messageId": "s1",
}

"""The roof keeps no tables. Django sends ``post_migrate`` only to applications with this module,
and ``cdp.roles`` waits for it."""

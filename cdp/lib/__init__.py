"""The leaf every app may lean on: clock, ids, seals, SQL, errors, paging. It has no models and knows
no app."""

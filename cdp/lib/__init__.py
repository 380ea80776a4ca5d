"""The leaf every app may lean on: clock, ids, seals, SQL, errors, paging. It knows no app."""

"""The leaf every app may lean on: clock, keys, ids, SQL, errors, paging. No models, no app is known here."""

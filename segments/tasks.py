"""Work of this app done by the Celery worker. Thin: what is done is named in the modules called."""

from celery import shared_task

from segments.clusters import search
from segments.rules import membership


@shared_task(name="segments.tasks.recompute")
def recompute() -> dict[str, int]:
    """Recount every live segment; beat calls it every ten minutes."""
    counts = membership.recompute()
    return {"segments": len(counts), "drift": sum(count.drift for count in counts)}


@shared_task(name="segments.tasks.find_clusters")
def find_clusters() -> dict[str, int]:
    """Look for groups of people who buy alike, write the groups' names to people, recount."""
    run = search.find()
    if run is None:
        return {"people": 0}
    membership.recompute()
    return {"people": run.people, "clusters": run.k}

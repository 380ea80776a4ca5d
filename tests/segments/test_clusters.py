"""Clusters: what is found, what it is called, where it goes."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from cdp.lib import clock
from segments import tasks
from segments.clusters import kmeans, names, search
from segments.models import ClusterRun, Segment
from tests.segments.people import someone

CLEAR = np.array(
    [[5 + i % 3, 20 + i % 5, 2000 + i] for i in range(40)]
    + [[200 + i % 9, 1, 20 + i % 7] for i in range(60)]
    + [[10 + i % 4, 1, 25 + i % 5] for i in range(50)],
    dtype=np.float64,
)


def test_group__three_clear_groups__are_found_and_chosen_by_silhouette() -> None:
    found = kmeans.group(CLEAR)
    assert found is not None
    assert found.k == 3
    assert max(found.scores, key=lambda k: found.scores[k][0]) == 3
    assert [len(set(found.labels[a:b].tolist())) for a, b in ((0, 40), (40, 100), (100, 150))] == [
        1,
        1,
        1,
    ]


def test_group__again__gives_the_same_labels() -> None:
    first, second = kmeans.group(CLEAR), kmeans.group(CLEAR)
    assert first is not None
    assert second is not None
    assert first.labels.tolist() == second.labels.tolist()


@pytest.mark.parametrize("rows", [CLEAR[:10], np.ones((100, 3)), np.zeros((0, 3))])
def test_group__too_few_or_all_alike__finds_nothing(rows: kmeans.Matrix) -> None:
    assert kmeans.group(rows) is None


def test_restore__of_a_prepared_row__is_the_row() -> None:
    scaled, means, spreads = kmeans.prepare(CLEAR)
    assert np.allclose(kmeans.restore(scaled[7], means, spreads), CLEAR[7])


def test_names__from_centres__are_plain_words_each_once() -> None:
    centres = [(-1, 2, 2), (1.5, -1, -1), (1, 1, 1), (-0.5, -1, -1), (-0.6, -0.9, -1.2)]
    found = names.names(centres)
    assert found[:3] == ["Champions", "Lapsed", "At risk"]
    assert found[3:] == ["New or occasional, higher spend", "New or occasional, lower spend"]
    assert len(set(found)) == len(found)
    assert names.differences((-1.2, 0.5, 0.1)) == [
        "Last order much more recent",
        "Orders more often",
    ]
    assert names.differences((0, 0, 0)) == ["Close to the average in everything"]


@pytest.mark.django_db
def test_find__buyers_who_permit_analytics__get_a_name_and_a_run_page(
    desk: Client, settings: object
) -> None:
    now = clock.now()
    for index in range(36):
        days, orders, revenue = [(3, 20, 3000), (200, 1, 20), (5, 1, 30)][index % 3]
        someone(
            orders=orders,
            revenue=revenue + index,
            last_order_at=now - timedelta(days=days + index % 4),
            permits=index != 35,
        )
    assert tasks.find_clusters()["people"] == 35
    run = ClusterRun.objects.get()
    assert (run.k, sum(cluster["size"] for cluster in run.clusters)) == (3, 35)
    page = desk.get(f"/admin/segments/clusterrun/{run.pk}/change/").content.decode()
    assert "<svg" in page
    assert run.clusters[0]["name"] in page
    assert desk.get("/admin/segments/clusterrun/").status_code == 200
    made = desk.post(f"/admin/segments/clusterrun/{run.pk}/segment/0/")
    assert made.status_code == 302
    segment = Segment.objects.get()
    page = desk.get(made.headers["Location"]).content.decode()
    assert f"<strong>{run.clusters[0]['size']}</strong> people" in page
    assert segment.name == run.clusters[0]["name"]


@pytest.mark.django_db
def test_find__nobody_bought__keeps_no_run() -> None:
    someone()
    assert search.find() is None
    assert not ClusterRun.objects.exists()

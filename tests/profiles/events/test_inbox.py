"""The inbox under writers that commit out of order, and over days."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from cdp.lib import clock, sql
from profiles.data import SourceInfo
from profiles.events import inbox, partitions

SOURCE = SourceInfo(1, "shop", "web", 50)


def horizon() -> int:
    return int(sql.rows("SELECT position FROM profiles_inboxhorizon")[0][0])


def accept() -> None:
    inbox.accept(source=SOURCE, call="track", body=b"{}", received_at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_horizon__older_request_still_uncommitted__waits_for_it() -> None:
    inbox.tidy()
    inbox.advance_horizon()
    start = horizon()  # a sequence is not rolled back with the test before
    details = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    options = {name: details[name] for name in names if name in details}
    with psycopg.connect(**options) as slow:
        row = [inbox.HORIZON_LOCK, 3, 1, "track", clock.now(), b"sealed"]
        slow.execute(inbox._INSERT.encode(), row)  # the first id, not committed
        accept()  # the second id, committed
        inbox.advance_horizon()
        assert horizon() == start
        slow.commit()
    inbox.advance_horizon()
    assert horizon() == start + 2
    assert len(inbox.claim(limit=10, max_bytes=1_000)) == 2


@pytest.mark.django_db(transaction=True)
def test_claim__another_process_holds_a_shard__takes_the_others() -> None:
    inbox.tidy()
    for shard in (1, 2):
        sql.execute(inbox._INSERT, [inbox.HORIZON_LOCK, shard, 1, "track", clock.now(), b"x"])
    inbox.advance_horizon()
    details = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    options = {name: details[name] for name in names if name in details}
    with psycopg.connect(**options) as other:
        other.execute("SELECT 1 FROM profiles_inboxshard WHERE shard = 1 FOR UPDATE")
        claimed = inbox.claim(limit=10, max_bytes=1_000)
    assert [request.shard for request in claimed] == [2]


@pytest.mark.django_db
def test_claim__more_bytes_than_allowed__stops_there() -> None:
    for _ in range(5):
        accept()
    inbox.advance_horizon()
    size = sql.rows("SELECT octet_length(body) FROM profiles_inbox LIMIT 1")[0][0]
    assert len(inbox.claim(limit=10, max_bytes=size * 3)) == 3
    assert len(inbox.claim(limit=2, max_bytes=size * 3)) == 2


@pytest.mark.django_db
def test_tidy__day_digested_and_old__is_dropped_and_an_undigested_one_kept() -> None:
    now = clock.now()
    accept()
    inbox.tidy(now)
    later = now + timedelta(days=5)
    assert inbox.tidy(later) > 0
    assert now.date() in partitions.inbox_days()
    inbox.advance_horizon()
    inbox.move(inbox.claim(limit=10, max_bytes=1_000))
    inbox.tidy(later)
    assert now.date() not in partitions.inbox_days()
    assert later.date() in partitions.inbox_days()


@pytest.mark.django_db
def test_tidy__killed_between_detaching_and_dropping__is_finished_the_next_time() -> None:
    day = clock.now().date()
    inbox.tidy()
    sql.execute(f"ALTER TABLE profiles_inbox DETACH PARTITION profiles_inbox_{day:%Y%m%d}")
    inbox.tidy(clock.now() + timedelta(days=9))
    assert sql.rows("SELECT to_regclass(%s)::text", [f"profiles_inbox_{day:%Y%m%d}"]) == [(None,)]

"""The path of a request: who gets what, why, in how many queries, and what if parts fail."""

import shutil
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from profiles import api as profiles
from recommendations import api
from recommendations.catalog import writing
from recommendations.data import Query, Slate
from recommendations.overrides.models import Override
from recommendations.serving import shop
from recommendations.training.models import Run, models_folder
from recommendations.training.train import train
from segments.models import Membership
from tests.recommendations.support import (
    grant,
    item,
    live_segment,
    person,
    stock,
    touch,
    two_tastes,
)

pytestmark = pytest.mark.django_db


def ask(user_id: str = "", **values: Any) -> Slate:
    return api.recommend(Query(identifiers={"user_id": user_id} if user_id else {}, **values))


def ids_of(slate: Slate) -> list[str]:
    return [each.item_id for each in slate.items]


@pytest.fixture
def trained() -> None:
    two_tastes()
    train()


@pytest.mark.usefixtures("trained")
class TestTrained:
    """A shop with all models."""

    def test_recommend__gift_lover__gets_gifts_with_reasons(self) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01")
        touch(someone, "g02", purchases=1)
        slate = ask("anna", limit=6)
        assert slate.personalised
        assert {each[0] for each in ids_of(slate)} == {"g"}
        assert "g02" not in ids_of(slate)
        texts = {each.reason.text for each in slate.items}
        assert texts & {"Because you viewed Item g01", "Because you bought Item g02"}
        assert all(each.reason.code for each in slate.items)

    def test_recommend__back_after_ten_years__is_known_by_what_they_liked_then(self) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01", days=3_650, purchases=1)
        slate = ask("anna", limit=6)
        assert {each[0] for each in ids_of(slate)} == {"g"}
        assert "Because you bought Item g01" in {each.reason.text for each in slate.items}

    def test_recommend__asker_not_trusted__same_items_and_no_word_of_what_was_done(self) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01", purchases=1)
        open_, discreet = ask("anna", limit=24), ask("anna", limit=24, trusted=False)
        assert ids_of(open_) == ids_of(discreet)
        assert discreet.personalised
        assert {each.reason.item_id for each in discreet.items} == {""}
        assert {each.reason.text for each in discreet.items} <= {
            "Picked for you",
            "Popular in the shop",
        }

    def test_recommend__click__changes_the_next_answer(self) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01")
        before = ids_of(ask("anna"))
        for n in range(4):
            touch(someone, f"t{n:02}", days=0, views=3)
        after = ids_of(ask("anna"))
        assert before != after
        assert any(each.startswith("t") for each in after[:3])

    def test_recommend__stranger__gets_what_is_popular(self) -> None:
        slate = ask("nobody", limit=5)
        assert not slate.personalised
        assert slate.algorithm == "popularity"
        assert {each.reason.code for each in slate.items} == {"popular"}
        assert ids_of(slate) == ids_of(ask(limit=5))

    def test_recommend__consent_withdrawn__nothing_personal_is_used(self) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01", purchases=1)
        grant(someone, "personalisation", granted=False)
        slate = ask("anna", limit=24)
        assert not slate.personalised
        assert ids_of(slate) == ids_of(ask(limit=24))
        assert "g01" in ids_of(slate)

    def test_recommend__item_page__shows_what_goes_with_it(self) -> None:
        slate = ask(item_id="t03", limit=4)
        assert {each[0] for each in ids_of(slate)} == {"t"}
        assert "t03" not in ids_of(slate)
        assert slate.items[0].reason.text == "Often chosen with Item t03"
        assert slate.items[0].reason.item_id == "t03"

    def test_recommend__excluded_and_sold_out__are_not_shown(self) -> None:
        best = ids_of(ask(limit=24))
        stock(item(best[1], "Gifts", in_stock=False))
        writing.delete([best[2]])
        shop.forget()
        shown = ids_of(ask(limit=24, exclude=frozenset({best[0]})))
        assert not set(best[:3]) & set(shown)
        assert len(shown) == 21

    def test_recommend__words__restrict_the_answer(self) -> None:
        assert ids_of(ask(text="ITEM t0", limit=50)) == [
            each for each in ids_of(ask(limit=50)) if each.startswith("t0")
        ]
        slate = ask(text="nothing like this", limit=3)
        assert len(slate.items) == 3
        assert slate.degraded == ("query",)

    def test_recommend__warm_process__needs_two_queries(
        self, django_assert_num_queries: Any
    ) -> None:
        touch(person("anna", "personalisation"), "g01")
        ask("anna")
        with django_assert_num_queries(2):
            ask("anna")
        with django_assert_num_queries(1):
            ask("nobody")
        with django_assert_num_queries(0):
            ask()

    def test_recommend__rule_for_a_segment__needs_three_queries_and_reaches_members(
        self, django_assert_num_queries: Any
    ) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "g01")
        group = live_segment("vip")
        Override.objects.create(
            name="For VIPs", kind="pin", item_ids=["t05"], segment=group, state="published"
        )
        shop.forget()
        ask("anna")
        with django_assert_num_queries(3):
            slate = ask("anna")
        assert slate.items[0].override == ""
        Membership.objects.create(segment=group, profile_id=someone, since=timezone.now())
        assert ask("anna").items[0].override == "For VIPs"
        assert "For VIPs" not in {each.override for each in ask("nobody").items}

    def test_recommend__artefact_lost__falls_back_and_says_so(self) -> None:
        touch(person("anna", "personalisation"), "g01")
        lost = Run.objects.get(algorithm="als", state="live")
        shutil.rmtree(models_folder() / lost.artefact)
        slate = ask("anna")
        assert slate.degraded == ("als",)
        assert slate.personalised
        assert "als" not in slate.algorithm
        assert slate.items

    def test_recommend__all_artefacts_corrupt__still_answers(self) -> None:
        touch(person("anna", "personalisation"), "g01")
        for file in models_folder().glob("*/manifest.json"):
            file.write_text("{}")
        slate = ask("anna", limit=5)
        assert slate.degraded == ("als", "cooccurrence", "popularity")
        assert len(slate.items) == 5
        assert slate.items[0].reason.text == "Popular in Gifts"

    def test_recommend__person_unreadable__answers_as_to_a_stranger(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask()

        def fail(identifiers: object) -> None:
            raise OperationalError("connection lost")

        monkeypatch.setattr(profiles, "visitor", fail)
        slate = ask("anna", limit=3)
        assert slate.degraded == ("profile",)
        assert len(slate.items) == 3

    @pytest.mark.django_db(transaction=True)
    def test_current__new_models_while_reading__every_answer_is_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shop, "INTERVAL", 0.0)
        answers: list[int] = []
        failures: list[BaseException] = []
        stop = threading.Event()

        def read() -> None:
            try:
                while not stop.is_set():
                    answers.append(len(ask(limit=5, item_id="g01").items))
            except BaseException as failure:
                failures.append(failure)
            finally:
                connection.close()

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(3):
            touch(person(f"late-{number}", "personalisation"), "t00")
            train()
        stop.set()
        for reader in readers:
            reader.join()
        assert not failures
        assert len(answers) > 10
        assert set(answers) == {5}
        shop.current()
        live = Run.objects.filter(state="live").values_list("algorithm", "artefact")
        assert shop._keeper.loaded == dict(live)


def test_recommend__nothing_trained__shows_the_catalogue() -> None:
    stock(item("a", "Home"), item("b"))
    slate = ask()
    assert ids_of(slate) == ["a", "b"]
    assert not slate.personalised


def test_recommend__postage_and_fees__are_never_suggested() -> None:
    someone = person("anna", "personalisation")
    stock(item("post", "service"), item("fee", "Service", "Bank"), item("a", "Services", "Repair"))
    touch(someone, "post")
    Override.objects.create(name="Post", kind="pin", item_ids=["post"], state="published")
    assert ids_of(ask("anna")) == ["a"]
    assert ids_of(ask(item_id="post")) == ["a"]


def test_recommend__rule_hides_all_that_ranks_first__looks_further_down() -> None:
    hidden = [item(f"a{n:03}", "Gifts") for n in range(200)]
    stock(*hidden, item("z1", "Tools"), item("z2", "Tools"))
    Override.objects.create(name="No gifts", kind="exclude", category=["Gifts"], state="published")
    assert ids_of(ask(limit=2)) == ["z1", "z2"]


def test_recommend__empty_shop__answers_with_nothing() -> None:
    assert ask("anna").items == ()


def test_recommend__no_models_but_a_history__prefers_the_category() -> None:
    stock(item("a", "Home"), item("z1", "Garden"), item("z2", "Garden"))
    touch(person("anna", "personalisation"), "z1")
    slate = ask("anna", limit=1)
    assert ids_of(slate) == ["z2"]
    assert slate.items[0].reason.text == "Popular in Garden"


@pytest.mark.django_db(transaction=True)
def test_recommend__stock_changes__are_seen_without_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shop, "INTERVAL", 0.0)
    stock(item("a"), item("b"))
    assert ids_of(ask()) == ["a", "b"]
    stock(item("a", in_stock=False), item("c"))
    assert ids_of(ask()) == ["b", "c"]
    writing.delete(["b"])
    assert ids_of(ask()) == ["c"]


def test_recommend__item_of_another_season__waits_for_its_time() -> None:
    now = timezone.now()
    stock(
        item("now"),
        item("later", available_from=now + timedelta(days=3)),
        item("over", available_until=now - timedelta(days=3)),
    )
    assert ids_of(ask()) == ["now"]
    assert ids_of(ask(at=now + timedelta(days=4))) == ["later", "now"]


@pytest.mark.django_db(transaction=True)
def test_recommend__published_rule__holds_within_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shop, "INTERVAL", 0.0)
    stock(item("a"), item("b"), item("c"))
    assert ids_of(ask()) == ["a", "b", "c"]
    rule = Override.objects.create(
        name="Spring sale", kind="pin", item_ids=["c"], placements=["homepage"], state="draft"
    )
    assert ids_of(ask(placement="homepage")) == ["a", "b", "c"]
    rule.state = "published"
    rule.save()
    slate = ask(placement="homepage")
    assert ids_of(slate) == ["c", "a", "b"]
    assert slate.items[0].reason.text == "Pinned by Spring sale"
    assert slate.items[0].override == "Spring sale"
    assert ids_of(ask(placement="cart")) == ["a", "b", "c"]
    rule.delete()
    assert ids_of(ask(placement="homepage")) == ["a", "b", "c"]

"""Writing what other parts of the product infer about people: clusters, scores, predictions."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from cdp.lib import clock
from profiles.attributes import write
from profiles.attributes.definitions import personal_slugs
from profiles.attributes.precedence import Weight
from profiles.attributes.write import Row
from profiles.data import Observation
from profiles.events.models import Source
from profiles.identity import nodes

COMPUTED = 0
"""The source id of what no source sent but this product worked out."""

_NO_EVENT = UUID(int=0)


def write_inferred(observations: Iterable[Observation]) -> None:
    """Write claims that did not come as events. They bind to the node of their profile, so they
    follow it through merges; of several about one attribute the latest holds. Profiles merged
    meanwhile are followed to the survivor; unknown ones are passed over. All or nothing."""
    told = list(observations)
    with transaction.atomic():
        sources = dict(Source.objects.values_list("slug", "pk"))
        living = nodes.lock({one.profile_id for one in told})
        hidden = personal_slugs()
        write.claims(
            (
                Row(
                    node_id=one.node_id or one.profile_id,
                    attribute=one.attribute,
                    slot="",
                    grain=one.observed_at,
                    source_id=sources.get(one.source, COMPUTED),
                    profile_id=living[one.profile_id],
                    value=one.value,
                    personal=one.attribute in hidden,
                    weight=Weight(0, one.observed_at, one.event_id or _NO_EVENT),
                    rule=one.rule,
                )
                for one in told
                if one.profile_id in living
            ),
            now=clock.now(),
        )

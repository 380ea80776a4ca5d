"""The partitioned tables: the inbox by day of arrival, events by month of their time."""

from django.db import migrations

INBOX = """
CREATE TABLE profiles_inbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    shard smallint NOT NULL,
    source_id integer NOT NULL,
    call text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL
) PARTITION BY RANGE (received_at);
-- Sealed bytes do not compress: do not let the server try.
ALTER TABLE profiles_inbox ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX profiles_inbox_shard ON profiles_inbox (shard, id);
"""

EVENT = """
CREATE TABLE profiles_event (
    id uuid NOT NULL,
    timestamp timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    sent_at timestamptz,
    original_timestamp timestamptz,
    skewed boolean NOT NULL,
    source_id integer NOT NULL,
    message_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    node_id uuid,
    profile_id uuid,
    purposes integer NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    revenue numeric(16, 4),
    currency text COLLATE "C" NOT NULL,
    items text[] NOT NULL,
    quantities numeric[] NOT NULL,
    prices numeric[] NOT NULL,
    categories text[] NOT NULL,
    brands text[] NOT NULL,
    properties jsonb NOT NULL,
    context jsonb NOT NULL,
    personal bytea,
    PRIMARY KEY (id, timestamp),
    CONSTRAINT event_lines_parallel CHECK (
        cardinality(items) = cardinality(quantities)
        AND cardinality(items) = cardinality(prices)
        AND cardinality(items) = cardinality(categories)
        AND cardinality(items) = cardinality(brands)
    )
) PARTITION BY RANGE (timestamp);
CREATE INDEX profiles_event_profile ON profiles_event (profile_id, timestamp DESC);
CREATE INDEX profiles_event_kind ON profiles_event (kind, timestamp, profile_id);
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]

    operations = [
        migrations.RunSQL(INBOX, "DROP TABLE profiles_inbox"),
        migrations.RunSQL(EVENT, "DROP TABLE profiles_event"),
    ]

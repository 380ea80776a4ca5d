"""The hash chain over the ledger, and the identity of its rows.

A deferred trigger seals each record when its transaction commits: only then is the order of the chain
the order in which records became visible, and only for that moment is the chain's lock held, so that
processes that record at the same time do not wait for each other's whole transactions.
"""

from django.db import migrations

FUNCTIONS = r"""
CREATE FUNCTION consent_canonical(r consent_ledgerrecord) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT json_build_array(
        r.sequence::text, r.act_id::text, r.subject_id::text, r.purpose,
        CASE WHEN r.granted THEN 'granted' ELSE 'refused' END,
        (extract(epoch FROM r.occurred_at) * 1000000)::bigint::text,
        (extract(epoch FROM r.recorded_at) * 1000000)::bigint::text,
        r.evidence, r.source, CASE WHEN r.explicit THEN 'explicit' ELSE 'repeated' END,
        r.notice_version, r.regulation, r.controller, r.detail::text)::text
$$;

CREATE FUNCTION consent_seal_record() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    last consent_seal%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('consent ledger chain', 0));
    SELECT * INTO last FROM consent_seal ORDER BY position DESC LIMIT 1;
    INSERT INTO consent_seal (position, sequence, digest) VALUES (
        coalesce(last.position, 0) + 1,
        NEW.sequence,
        sha256(coalesce(last.digest, '\x'::bytea) || convert_to(consent_canonical(NEW), 'UTF8')));
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER consent_seal_at_commit
AFTER INSERT ON consent_ledgerrecord DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION consent_seal_record();
"""

BACK = """
DROP TRIGGER consent_seal_at_commit ON consent_ledgerrecord;
DROP FUNCTION consent_seal_record();
DROP FUNCTION consent_canonical(consent_ledgerrecord);
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_ledger")]

    operations = [migrations.RunSQL(FUNCTIONS, BACK)]

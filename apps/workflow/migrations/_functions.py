"""The database functions behind redactions. A redaction says which fields of which rows it replaced, and the database
replaces nothing else.
"""

# The request and its outcome as the chained history tells them, by people who speak for the two sides at this moment.
APPROVED = """
CREATE FUNCTION ledger_speaks_for(person bigint, side text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.accounts_rolegrant g
          JOIN public.accounts_user u ON u.id = g.user_id AND u.is_active
          JOIN public.auth_group r ON r.id = g.role_id AND r.name = side
         WHERE g.user_id = person AND g.ended_at IS NULL AND g.effective_at <= clock_timestamp())
$$;
REVOKE EXECUTE ON FUNCTION ledger_speaks_for(bigint, text) FROM PUBLIC;

CREATE FUNCTION ledger_redaction_is_approved(redaction bigint, person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.workflow_redaction r
          JOIN public.workflow_historicalredaction asked ON asked.id = r.id AND asked.history_type = '+'
          JOIN public.workflow_historicalredaction done ON done.id = r.id AND done.status = 'carried_out'
          JOIN public.workflow_decision d ON d.object_id = r.id AND d.transition = 'carry_out' AND d.refusal = ''
          JOIN public.django_content_type c ON c.id = d.content_type_id
         WHERE r.id = redaction AND r.status = 'carried_out' AND (c.app_label, c.model) = ('workflow', 'redaction')
           AND (r.content_type_id, r.object_id, r.field, r.requested_by_id, r.requested_for)
             = (asked.content_type_id, asked.object_id, asked.field, asked.history_user_id, asked.requested_for)
           AND (r.content_type_id, r.object_id, r.field, r.targets, person, person)
             = (done.content_type_id, done.object_id, done.field, done.targets, done.history_user_id, d.by_id)
           AND NOT EXISTS (SELECT FROM public.workflow_historicalredaction h
                            WHERE h.id = r.id AND h.status = 'carried_out' AND h.history_id <> done.history_id)
           AND r.requested_by_id <> person AND public.ledger_speaks_for(r.requested_by_id, r.requested_for)
           AND public.ledger_speaks_for(person, CASE r.requested_for WHEN 'Legal' THEN 'Privacy'
                                                                     WHEN 'Privacy' THEN 'Legal' END))
$$;
REVOKE EXECUTE ON FUNCTION ledger_redaction_is_approved(bigint, bigint) FROM PUBLIC;
"""

# One field of one row that stands on the chain, and of the record where this is its newest history. Older entries commit
# to the column as it was called then.
REDACT_FIELD = """
CREATE FUNCTION ledger_redact_field(place public.ledger_redactablefield, row_id bigint, record_id bigint,
                                    tombstone text, actor text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_entry e
                    WHERE e.table_name = place.table_name AND e.row_id = $2 AND e.kind = 'row') THEN
        RAISE EXCEPTION 'Row % of % is not on the ledger yet.', row_id, place.table_name;
    END IF;
    EXECUTE format('UPDATE public.%I SET %I = $1 WHERE %I = $2', place.table_name, place.field, place.key)
      USING tombstone, row_id;
    IF place.record_table <> '' AND NOT place.is_copy THEN
        EXECUTE format('SELECT max(%I) FROM public.%I WHERE %I = $1', place.key, place.table_name, place.record_key)
           INTO newest USING record_id;
        IF newest = row_id THEN
            EXECUTE format('UPDATE public.%I SET %I = $1 WHERE %I = $2', place.record_table, place.field, place.record_key)
              USING tombstone, record_id;
        END IF;
    END IF;
    WITH RECURSIVE called (name) AS (
        SELECT place.field::text
        UNION
        SELECT e.fields -> 'renamed' ->> c.name FROM called c
          JOIN public.ledger_entry e ON e.table_name = '' AND e.kind = 'schema'
           AND e.fields ->> 'table' = place.table_name AND e.fields -> 'renamed' ? c.name
    )
    UPDATE public.ledger_salt s SET salts = s.salts - ARRAY(SELECT name FROM called) FROM public.ledger_entry e
     WHERE e.sequence = s.entry_id AND e.table_name = place.table_name AND e.row_id = $2;
    PERFORM public.ledger_add_entry('redaction', place.table_name, row_id, actor,
                                    jsonb_build_object(place.field, tombstone));
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_redact_field(public.ledger_redactablefield, bigint, bigint, text, text) FROM PUBLIC;
"""

# First the field that was asked for, then what elsewhere says the same.
REDACT = r"""
CREATE FUNCTION ledger_redact(redaction_id bigint, by_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    target record;
    said text;
    about bigint;
    texts text[] := '{}';
    counted integer := 0;
BEGIN
    PERFORM FROM public.workflow_redaction r WHERE r.id = redaction_id FOR NO KEY UPDATE;
    IF public.ledger_redaction_is_approved(redaction_id, by_id) IS NOT TRUE THEN
        RAISE EXCEPTION 'Redaction % was not asked for by one side and carried out by the other.', redaction_id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR target IN
        SELECT f AS place, t.value ->> 0 AS table_name, (t.value ->> 1)::bigint AS row_id, t.value ->> 2 AS field,
               r.object_id, f.record = c.app_label || '.' || c.model AND f.field = r.field AND NOT f.is_copy AS is_own
          FROM public.workflow_redaction r JOIN public.django_content_type c ON c.id = r.content_type_id
         CROSS JOIN jsonb_array_elements(r.targets) WITH ORDINALITY t
          LEFT JOIN public.ledger_redactablefield f ON f.table_name = t.value ->> 0 AND f.field = t.value ->> 2
         WHERE r.id = redaction_id ORDER BY is_own DESC NULLS LAST, t.ordinality
    LOOP
        IF target.is_own IS NULL THEN
            RAISE EXCEPTION 'The field % of % cannot be redacted.', target.field, target.table_name
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        EXECUTE format('SELECT %I, %I FROM public.%I WHERE %I = $1', (target.place).field, (target.place).record_key,
                       (target.place).table_name, (target.place).key) INTO said, about USING target.row_id;
        IF target.is_own AND about = target.object_id THEN
            texts := texts || said;
        ELSIF NOT coalesce(said = ANY (texts), false) THEN
            RAISE EXCEPTION 'Row % of % does not belong to redaction %.', target.row_id, target.table_name, redaction_id
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF coalesce(said, '') = '' OR said ~ '^\[redacted [0-9]+\]$' THEN
            RAISE EXCEPTION 'Row % of % holds no text to redact, or no longer.', target.row_id, target.table_name
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM public.ledger_redact_field(target.place, target.row_id, about, format('[redacted %s]', redaction_id),
                                           'user ' || by_id);
        counted := counted + 1;
    END LOOP;
    RETURN counted;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_redact(bigint, bigint) FROM PUBLIC;
"""

AFTER = (APPROVED, REDACT_FIELD, REDACT)

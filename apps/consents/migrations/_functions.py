"""What the portal's role may not do to people's digests itself, and how sets of people lie in the database."""

FORGET = """
CREATE FUNCTION consents_forget(lookup bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    person integer;
BEGIN
    SELECT l.subject_id INTO person FROM public.consents_subjectlookup l
      JOIN public.consents_historicalsubjectlookup h ON h.id = l.id AND h.subject_id = l.subject_id
       AND h.forgotten_at = l.forgotten_at AND h.forgotten_because <> ''
     WHERE l.id = lookup;
    IF person IS NULL THEN
        RAISE EXCEPTION 'No look-up on the ledger says that its person is forgotten.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.consents_datasubject SET key_digest = NULL WHERE id = person AND key_digest IS NOT NULL;
    RETURN FOUND;
END
$$;
REVOKE EXECUTE ON FUNCTION consents_forget(bigint) FROM PUBLIC;
"""

# Each digest passes from one secret to the next once, when that one is on the ledger.
ROTATE = """
CREATE FUNCTION consents_rotate(new_version smallint, people integer[], digests bytea[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    replaced integer;
BEGIN
    IF NOT EXISTS (SELECT FROM public.consents_historicalsubjectkey k WHERE k.version = new_version) THEN
        RAISE EXCEPTION 'Secret % is not on the ledger.', new_version USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.consents_datasubject p SET key_digest = n.digest, key_version = new_version
      FROM unnest(people, digests) AS n (id, digest)
     WHERE p.id = n.id AND p.key_version = new_version - 1 AND p.key_digest IS NOT NULL AND length(n.digest) = 16;
    GET DIAGNOSTICS replaced = ROW_COUNT;
    RETURN replaced;
END
$$;
REVOKE EXECUTE ON FUNCTION consents_rotate(smallint, integer[], bytea[]) FROM PUBLIC;
"""

# What is not compressed can be read in part, and need not be unpacked.
STORED_AS_THEY_ARE = tuple(
    f"ALTER TABLE {table} ALTER COLUMN bits SET STORAGE EXTERNAL"
    for table in ("consents_permissionchunk", "consents_cohortchunk")
)

AFTER = (FORGET, ROTATE, *STORED_AS_THEY_ARE)

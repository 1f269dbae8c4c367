"""What a version was made from stays once it is approved, though that stands in rows of their own."""

KEEP_PARENTS = """
CREATE FUNCTION datasets_keep_parents() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.datasets_datasetversion v WHERE v.id IN (OLD.version_id, NEW.version_id)
                  AND v.status IN ('approved', 'released', 'quarantined', 'retired')) THEN
        RAISE EXCEPTION 'What is recorded in % is neither removed nor edited.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
REVOKE EXECUTE ON FUNCTION datasets_keep_parents() FROM PUBLIC;
"""

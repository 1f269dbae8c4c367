"""What the database is made of, as sorted lines, which are compared with those of this release.

A function that somebody replaced, a trigger that was dropped, a grant, a column, a rule or a setting too many: each is
a line more or less. Names of roles are written as <owner> and <portal>, so that the lines are the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from apps.ledger.verify.reading import Cell, Reader
from apps.ledger.verify.rendering import ELEMENT
from apps.ledger.verify.report import Discrepancy

EXPECTED = Path(__file__).parents[1] / "release" / "catalogue.txt"
# So many lines are told; a database that is altogether another one has thousands.
MOST = 200
OWNER, PORTAL, PUBLIC = "<owner>", "<portal>", "everybody"

ROLES = "SELECT r.oid, r.rolname FROM pg_roles r"
TABLES_OWNER = """
    SELECT r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
     WHERE n.nspname = 'public' AND c.relname = 'ledger_entry'
"""

# The session's search path is that of the system's own catalogue, see `reading`.
# Each query gives, after the kind of the lines: what the line says, the owner, the list of rights, and the rights that
# an empty list stands for. Definitions that have no plain column come from the functions of the server.
IN_PUBLIC = "JOIN pg_namespace n ON n.oid = {0}namespace WHERE n.nspname = 'public'"
QUERIES = {
    "table": f"""
        SELECT concat_ws(' ', c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
                         c.relhasrules, c.relispartition, c.reloptions,
                         (SELECT count(*) FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))),
               c.relowner, c.relacl, ''
          FROM pg_class c {IN_PUBLIC.format("c.rel")} AND c.relkind NOT IN ('i', 'I', 'c')
    """,
    "column": f"""
        SELECT concat_ws(' ', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'filled' END, nullif(a.attgenerated, ''),
                         nullif(a.attidentity, ''), pg_get_expr(d.adbin, d.adrelid),
                         (SELECT 'sorted by ' || k.collname FROM pg_collation k, pg_type y WHERE k.oid = a.attcollation
                             AND y.oid = a.atttypid AND y.typcollation <> a.attcollation)),
               NULL, a.attacl, ''
          FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          {IN_PUBLIC.format("c.rel")} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraint": f"""
        SELECT concat_ws(' ', c.relname, o.conname, pg_get_constraintdef(o.oid),
                         CASE WHEN NOT o.convalidated THEN 'not validated' END), NULL, NULL, ''
          FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
          {IN_PUBLIC.format("c.rel")} AND o.contype <> 'n'
    """,
    "trigger": f"""
        SELECT concat_ws(' ', c.relname, t.tgname, t.tgtype, t.tgenabled, t.tgdeferrable, t.tginitdeferred,
                         t.tgattr, t.tgargs, p.proname,
                         substring(pg_get_triggerdef(t.oid), 'WHEN (.*) EXECUTE')), NULL, NULL, ''
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
          JOIN pg_proc p ON p.oid = t.tgfoid
          {IN_PUBLIC.format("c.rel")} AND (NOT t.tgisinternal OR t.tgenabled <> 'O')
    """,
    "function": f"""
        SELECT concat_ws(' ', p.proname || '(' || replace(oidvectortypes(p.proargtypes), ' ', '') || ')', l.lanname,
                         p.prokind, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig,
                         format_type(p.prorettype, NULL)),
               p.proowner, p.proacl, '{{=X/x}}', p.prosrc, p.probin
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang {IN_PUBLIC.format("p.pro")}
    """,
    "schema": """
        SELECT n.nspname, NULL, n.nspacl, '' FROM pg_namespace n
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    """,
    "database": """
        SELECT 'this', d.datdba, d.datacl, '{=Tc/x}' FROM pg_database d
         WHERE d.datname = current_database()
    """,
    "index": f"""
        SELECT concat_ws(' ', c.relname, pg_get_indexdef(c.oid), x.indisunique, x.indisvalid, x.indisready),
               NULL, NULL, ''
          FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid {IN_PUBLIC.format("c.rel")}
    """,
    "publication": "SELECT p.pubname, p.pubowner, NULL, '' FROM pg_publication p",
    # What the server's own files say, for settings that switch triggers off or load foreign code.
    "server setting": """
        SELECT name || '=' || reset_val, NULL, NULL, '' FROM pg_settings WHERE reset_val IS DISTINCT FROM boot_val
           AND name IN ('session_replication_role', 'local_preload_libraries', 'session_preload_libraries')
    """,
    "policy": "SELECT c.relname || ' ' || p.polname, NULL, NULL, '' FROM pg_policy p"
    " JOIN pg_class c ON c.oid = p.polrelid",
    "rule": "SELECT c.relname || ' ' || r.rulename, NULL, NULL, '' FROM pg_rewrite r"
    f" JOIN pg_class c ON c.oid = r.ev_class {IN_PUBLIC.format('c.rel')}",
    "operator": f"SELECT o.oprname, o.oprowner, NULL, '' FROM pg_operator o {IN_PUBLIC.format('o.opr')}",
    "type": f"""
        SELECT concat_ws(' ', t.typname, t.typtype), t.typowner, NULL, '' FROM pg_type t {IN_PUBLIC.format("t.typ")}
           AND t.typrelid = 0 AND t.typcategory <> 'A'
    """,
    # What initdb made has a number below 16384.
    "cast": "SELECT format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL),"
    " NULL, NULL, '' FROM pg_cast c WHERE c.oid >= 16384",
    "extension": "SELECT e.extname, NULL, NULL, '' FROM pg_extension e",
    "event trigger": "SELECT e.evtname, e.evtowner, NULL, '' FROM pg_event_trigger e",
    "subscription": "SELECT s.subname, s.subowner, NULL, '' FROM pg_subscription s WHERE s.subdbid ="
    " (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())",
    "rights by default": "SELECT d.defaclobjtype::text, d.defaclrole, d.defaclacl, '' FROM pg_default_acl d",
    "parameter": "SELECT p.parname, NULL, p.paracl, '' FROM pg_parameter_acl p",
}
SETTINGS = """
    SELECT s.setrole, s.setconfig FROM pg_db_role_setting s
     WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
"""
ATTRIBUTES = """
    SELECT r.oid, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls FROM pg_roles r
"""
MEMBERS = "SELECT m.member, m.roleid FROM pg_auth_members m"
POWERS = ("superuser", "creates roles", "creates databases", "replicates", "bypasses row security")

# A list of words in an expression, which reads otherwise once it was dumped and restored.
WORDS = re.compile(r"\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]")
WORD = re.compile(r"'(?:[^']|'')*'::character varying")
RIGHT = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^,{}]+))')


def compare(reader: Reader, portal: str, accepted: Collection[str] = ()) -> Iterator[Discrepancy]:
    """Each line that this release has and the database has not, or the other way round.

    `portal` is the role that the portal connects as, when it is not the owner: without one no rights are expected.
    `accepted` lines may be there besides.
    """
    wanted, found = set(EXPECTED.read_text().splitlines()), set(lines(reader, portal)).difference(accepted)
    if not portal:
        # The rights of everybody are taken away when the portal's role is given its own.
        wanted = {line for line in wanted if not _is_right(line)}
        found = {line for line in found if not _is_right(line)}
    for line in islice(sorted(wanted - found), MOST):
        yield Discrepancy(None, "", 0, f"it lacks what this release has: {line}")
    for line in islice(sorted(found - wanted), MOST):
        yield Discrepancy(None, "", 0, f"it has what this release does not have: {line}")


def _is_right(line: str) -> bool:
    return line.startswith("right ") and (PORTAL in line or f" {PUBLIC} " in line)


def lines(reader: Reader, portal: str) -> list[str]:
    """What the database is made of, one sorted line for each thing."""
    (owner,) = reader.one(TABLES_OWNER) or [None]
    shown = {portal: PORTAL, _text(owner): OWNER, "": PUBLIC}
    roles = {_text(oid): shown.get(_text(name), _text(name)) for oid, name in reader.rows(ROLES)}
    return sorted({*_objects(reader, roles, shown), *_settings(reader, roles), *_roles(reader, roles)})


def _objects(reader: Reader, roles: dict[str, str], shown: dict[str, str]) -> Iterator[str]:
    """A line for each object, and one for each right that somebody else than its owner has to it."""
    for kind, query in QUERIES.items():
        for what, owner, rights, empty, *body in reader.rows(query):
            line = f"{kind} {_as_restored(_text(what))}"
            if owner is not None and roles.get(_text(owner)) != OWNER:
                line += f" of {roles.get(_text(owner), 'nobody')}"
            if body:
                line += " " + sha256(b"\0".join(cell or b"" for cell in body)).hexdigest()[:16]
            yield line
            yield from _rights(kind, _text(what).split(" ")[0], _text(empty if rights is None else rights), shown)


def _as_restored(expression: str) -> str:
    return WORDS.sub(lambda found: f"ARRAY[{WORD.sub(lambda word: f'({word[0]})::text', found[1])}]", expression)


def _rights(kind: str, name: str, rights: str, shown: dict[str, str]) -> Iterator[str]:
    """Who else than the owner may do what, as PostgreSQL's letters for rights."""
    for role, letters in _listed(rights):
        grantee = shown.get(role, role)
        # To connect and to have temporary tables; a restored copy has no rights of its own for that.
        is_plain = kind == "database" and set(letters) <= set("Tc")
        if grantee not in (OWNER, "pg_database_owner") and not is_plain:
            yield f"right {kind} {name} {grantee} {letters}"


def _listed(rights: str) -> Iterator[tuple[str, str]]:
    """(role or nobody in particular, its rights) of an access list such as {a=r/b,=X/b}."""
    for quoted, plain in RIGHT.findall(rights):
        grantee, _, rest = (quoted.replace('\\"', '"') or plain).rpartition("=")
        yield grantee.strip('"'), "".join(sorted(rest.split("/")[0]))


def _settings(reader: Reader, roles: dict[str, str]) -> Iterator[str]:
    for role, settings in reader.rows(SETTINGS):
        name = roles.get(_text(role), PUBLIC)
        if name in (OWNER, PORTAL, PUBLIC):
            found = ELEMENT.findall((settings or b"")[1:-1])
            yield from (f"setting of {name}: {_text(setting).strip(chr(34))}" for setting in found)


def _roles(reader: Reader, roles: dict[str, str]) -> Iterator[str]:
    """What the portal's role may beyond its rights, and who may act as it or as the owner."""
    for oid, *powers in reader.rows(ATTRIBUTES):
        if roles[_text(oid)] == PORTAL:
            yield from (f"role {PORTAL} {power}" for power, has in zip(POWERS, powers, strict=True) if has == b"t")
    for member, role in reader.rows(MEMBERS):
        who, what = roles.get(_text(member), "nobody"), roles.get(_text(role), "nobody")
        if who == PORTAL or what in (OWNER, PORTAL):
            yield f"member {who} of {what}"


def _text(cell: Cell) -> str:
    return (cell or b"").decode()

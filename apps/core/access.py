from enum import Enum


class Access(Enum):
    """What the portal's database role may do with the rows of a table: `portal_may` of its model.

    Nobody but the owner may TRUNCATE, and where the database numbers the rows of an ADD table, nobody else does.
    """

    NONE = ()
    READ = ("SELECT",)
    ADD = ("SELECT", "INSERT")
    EDIT = ("SELECT", "INSERT", "UPDATE")
    REMOVE = ("SELECT", "INSERT", "UPDATE", "DELETE")

"""Import and export of ownership statements by the Beneficial Ownership Data Standard (BODS) 0.4.

Only what conflict checks need is kept: of people the name, whether it is known, and why not; of whoever has the name of
one of our people also the month of birth and the nationality, which tell whether it is the same person. Dates of birth
and death, addresses, tax and other identifiers and political exposure of people are validated and then forgotten; of a
statement itself only its ids, date, publisher and digest remain. No message repeats what a file says.
"""

from apps.vendors.ownership.bods.export import export_bods
from apps.vendors.ownership.bods.problems import StatementError
from apps.vendors.ownership.bods.run import MOST_STATEMENTS, ImportResult, import_bods

__all__ = ["MOST_STATEMENTS", "ImportResult", "StatementError", "export_bods", "import_bods"]

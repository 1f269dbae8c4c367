"""What a name is compared by, and which LEI is one: the same company typed twice has the same keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from apps.core.text import folded

# What is said of a company's form, in the languages our vendors write their names in. Dots are gone by then.
_FORMS = (
    "ab ag aktiengesellschaft and aps as asa bhd bv bvba co company corp corporation cv doo eg ek ev fze gbr "
    "gesellschaft gmbh haftung hf inc incorporated jsc kft kg kgaa kk lc limited llc llp lp ltd ltda mbh nv oao ohg "
    "ood ooo oy oyj plc pte pty pvt rt sa sab sae sapi sarl sas sasu sca scs se sicav sl slu snc spa spol spzoo srl "
    "srls sro tbk the ug ulc zao zrt"
)
LEGAL_FORMS = frozenset(_FORMS.split())
# How the import calls what a register does not name, by the entity type of the standard.
UNNAMED = {
    "registeredEntity": "Unnamed company",
    "legalEntity": "Unnamed company",
    "arrangement": "Unnamed arrangement",
    "state": "Unnamed state",
    "stateBody": "Unnamed state body",
    "anonymousEntity": "Anonymous entity",
    "unknownEntity": "Unknown entity",
}
# Letters of other alphabets that look like Latin ones.
ALIKE = str.maketrans(
    dict(zip("аеорсухіѕјԁһӏԛԝвкмнтαορνικτυχ", "aeopcyxisjdhlqwbkmhtaopviktux", strict=True)) | {"&": " and "}
)
_MARKS = re.compile("[.'`\\u00b4\\u2019]")
_NO_WORD = re.compile(r"[\W_]+")
_LEI = re.compile("[A-Z0-9]{18}[0-9]{2}")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www[0-9]?\.)?([^/:?#]+)")


def folded_words(name: str) -> list[str]:
    """The words of a name without case, accents, width, punctuation and marks. U.S.A. and O'Neill are one word each."""
    return [word for word in _NO_WORD.split(_MARKS.sub("", folded(name).translate(ALIKE))) if word]


def company_keys(name: str) -> frozenset[str]:
    """By what the name of an organisation is compared: its words in any order, and its letters without gaps."""
    words = folded_words(name if name not in UNNAMED.values() else "")
    told = [word for word in words if word not in LEGAL_FORMS] or words
    return frozenset({" ".join(sorted(told)), "".join(told)} if told else ())


def register_key(scheme: str, number: str) -> tuple[str, str]:
    """A number in a register as it is compared: HRB 123 and hrb-123 are one."""
    return "".join(folded_words(scheme)), "".join(folded_words(number))


def domain_of(address: str) -> str:
    """The domain of a website, however its address is written."""
    found = _HOST.match(address.strip().casefold())
    return found[1].rstrip(".") if found else ""


def tidy_lei(value: str) -> str:
    return "".join(value.split()).upper()


def is_lei(value: str) -> bool:
    """ISO 17442: 18 letters and digits, and two check digits by ISO 7064 MOD 97-10."""
    return bool(_LEI.fullmatch(value)) and int("".join(str(int(letter, 36)) for letter in value)) % 97 == 1


def same_person(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two names may be those of one person: the same words in any order, or further first names on one side."""
    fewer, more = sorted((set(one), set(other)), key=len)
    return bool(fewer) and (fewer == more or (len(fewer) > 1 and fewer < more))

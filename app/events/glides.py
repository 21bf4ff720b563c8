"""GLIDE numbers as people write them: any case, script of digits and signs between; two letters for the country; none for the hazard.

`EQ-2008-000181-KGZ`: hazard, year, number, ISO 3166-1 alpha-3; a province may follow. Kept are hazard to country.
"""

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

from app.languages import gettext as _

GAP = r"[^a-z0-9]*"
HAZARD = rf"(?:(?P<hazard>[a-z]{{2}}){GAP})?"
NUMBER = rf"(?P<number>[0-9](?:{GAP}[0-9]){{0,5}})"  # 000 117 and 000-165 are one number
REST = rf"(?P<year>(?:19|20)[0-9]{{2}}){GAP}{NUMBER}{GAP}(?P<country>[a-z]{{2,3}})"
PROVINCE = r"(?:[^a-z0-9]+[a-z0-9]{1,4})?"
# GLIDE n°, and what is left of ° where a letter was sent in another encoding
TITLE = rf"(?:glide{GAP}(?:(?:n\s*=\s*b0|n[o°º]?|number|no){GAP})?)?"
WHOLE = re.compile(f"{TITLE}{HAZARD}{REST}{PROVINCE}", re.ASCII | re.IGNORECASE)
# Among other words a number is only what nobody can take for anything else
WITHIN = re.compile(
    r"\b[a-z]{2}[\W_]*(?:19|20)[0-9]{2}[\W_]*(?:[0-9][\W_]*){5}[0-9][\W_]*[a-z]{3}\b",
    re.ASCII | re.IGNORECASE,
)
LOOK_ALIKE = str.maketrans("АВЕКМНОРСТХІЅаеорсхіѕ", "ABEKMHOPCTXISaeopcxis")


def normal(text: str, needs_hazard: bool = True) -> str:
    """`eq 2008 181 kg` is EQ-2008-000181-KGZ; 2018-000360-RUS only where no hazard is needed. Raises ValueError with what is wrong."""
    parts = WHOLE.fullmatch(in_latin(text))
    if not parts:
        raise ValueError(wrong(text))
    if needs_hazard and not parts["hazard"]:
        words = {"value": text[:60]}
        raise ValueError(
            _("“%(value)s” does not say the hazard: begin with two letters, as in FL-2014-000117-IND.") % words
        )
    country = alpha3(parts["country"].upper())
    if not country:
        words = {"value": text[:60], "code": parts["country"][:3]}
        raise ValueError(_("“%(value)s”: there is no country “%(code)s”.") % words)
    return "-".join(filter(None, ((parts["hazard"] or "").upper(), parts["year"], digits(parts["number"]), country)))


def wrong(text: str) -> str:
    """What a text that is no GLIDE number lacks."""
    words = {"value": text[:60]}
    if not re.search(r"(19|20)\d\d", in_latin(text), re.ASCII):
        return _("“%(value)s” is not a GLIDE number such as EQ-2008-000181-KGZ: it has no year.") % words
    if not re.search(r"[a-z]{2,3}\W*(\w+\W*)?$", in_latin(text), re.ASCII | re.IGNORECASE):
        return (
            _("“%(value)s” is not a GLIDE number such as EQ-2008-000181-KGZ: it does not end with a country.") % words
        )
    return _("“%(value)s” is not a GLIDE number such as EQ-2008-000181-KGZ.") % words


def in_latin(text: str) -> str:
    """Letters of other scripts that look Latin, and digits of any script, as the Latin ones."""
    plain = unicodedata.normalize("NFKC", text.strip().strip("«»“”\"'()[].,;:")).translate(LOOK_ALIKE)
    return "".join(str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one for one in plain)


def digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number).zfill(6)


# What ISO 3166-3 and CLDR still lead to the two letters of a country beside its own three
FORMER = frozenset({"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"})


@cache
def by_alpha2() -> dict[str, str]:
    """ISO 3166-1 alpha-2 → alpha-3; what is kept for private use is no country."""
    aliases, real = get_global("territory_aliases"), Locale("en").territories
    codes = {code: to for code, to in aliases.items() if len(code) == 3 and code.isalpha() and code not in FORMER}
    return {to[0]: code for code, to in codes.items() if len(to) == 1 and to[0] in real}


def alpha3(code: str) -> str:
    """The three letters of a country; empty where two letters mean none. Three letters stay as they are: some are of old."""
    return code if len(code) == 3 else by_alpha2().get(code, "")


def in_search(text: str) -> str:
    """What is searched for, with each GLIDE number in it written as events have them."""
    try:
        return normal(text, needs_hazard=False)
    except ValueError:
        return WITHIN.sub(lambda found: " " + normal(found[0]) + " ", in_latin(text)) if WITHIN.search(text) else text


def normal_ones(values: list[str]) -> list[str]:
    """For a filter: the rest finds them where the hazard is not said."""
    return list(dict.fromkeys(normal(value, needs_hazard=False) for value in values))

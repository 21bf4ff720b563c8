"""What people type about people and programs: one line of text, telephone numbers, e-mail addresses."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from app.languages import gettext as _

PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{1,30}(?: ?(?:x|ext\.?|доб\.?) ?[0-9]{1,6})?", re.ASCII | re.IGNORECASE)
EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]+\.[^@\s<>\".]{2,}")


def without_control(text: str) -> str:
    """One line of it: no line ends, no NUL, nothing that turns the writing direction of what follows."""
    if any(unicodedata.category(sign) == "Cc" or sign in "\u202a\u202b\u202c\u202d\u202e" for sign in text):
        raise ValueError(_("Write one line of plain text, without control characters."))
    return text


def is_phone(text: str) -> str:
    """Digits of any script become 0 to 9: a telephone dials those."""
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in text)
    if not PHONE.fullmatch(plain) or sum(sign.isdigit() for sign in plain) < 3:
        raise ValueError(_("“%(value)s” is not a telephone number such as +7 727 000 00 00.") % {"value": text[:60]})
    return plain


def is_email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise ValueError(_("“%(value)s” is not an e-mail address such as duty@example.org.") % {"value": text[:60]})
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(without_control)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(without_control)
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), AfterValidator(is_phone)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(without_control),
    AfterValidator(is_email),
]

"""What people type about people and programs: one line of text, telephone numbers, e-mail addresses."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from app.languages import gettext as _
from app.writing import Short, composed, on_one_line

PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{1,30}(?: ?(?:x|ext\.?|доб\.?) ?[0-9]{1,6})?", re.ASCII | re.IGNORECASE)
EMAIL = re.compile(r"[^@\s<>\"\x00-\x1f]{1,64}@[^@\s<>\"\x00-\x1f]+\.[^@\s<>\".\x00-\x1f]{2,}")


def is_phone(text: str) -> str:
    """Digits of any script become 0 to 9: a telephone dials those."""
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in text)
    if not PHONE.fullmatch(plain) or sum(sign.isdigit() for sign in plain) < 3:
        raise ValueError(_("“%(value)s” is not a telephone number such as +7 727 000 00 00.") % {"value": text[:60]})
    return plain


def dialled(phone: str) -> str:
    """The address of a link that calls: tel:+7272000000;ext=12."""
    number, *extension = re.split(r"x|ext\.?|доб\.?", phone.lower())
    digits = [re.sub(r"[^0-9]", "", part) for part in (number, *extension)]
    return "tel:" + "+" * phone.startswith("+") + ";ext=".join(filter(None, digits))


def is_email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise ValueError(_("“%(value)s” is not an e-mail address such as duty@example.org.") % {"value": text[:60]})
    return text


Line = Short
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(composed), BeforeValidator(on_one_line)
]
Phone = Annotated[str, StringConstraints(max_length=60), AfterValidator(is_phone), BeforeValidator(on_one_line)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(is_email), BeforeValidator(on_one_line)]

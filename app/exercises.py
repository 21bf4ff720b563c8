"""Exercises are marked wherever they are told of, so that nobody takes one for real."""

from app.languages import gettext as _


def marked(text: str, is_exercise: bool) -> str:
    """A title or subject as it goes out: with EXERCISE in front where it is one, in the reader's language."""
    return _("EXERCISE: %(text)s") % {"text": text} if is_exercise else text

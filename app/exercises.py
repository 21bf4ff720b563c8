"""Exercises are marked wherever they are told of, on pages, in exports, feeds and mails, so that nobody takes one for real."""

from app import languages

# Said in SQL and in Python alike, so the words stand here and not in the catalogues; they belong in every language
WORDS = {
    "en": "EXERCISE", "ru": "УЧЕНИЕ", "kk": "ОҚУ-ЖАТТЫҒУ", "ky": "МАШЫГУУ", "fa-AF": "تمرین", "ps": "تمرین",
}  # fmt: skip


def word() -> str:
    return WORDS[languages.current().code]


def marked(text: str, is_exercise: bool) -> str:
    """A title or subject as the reader sees it: with the word in front where it is an exercise, and never twice."""
    mark = f"{word()}: "
    return text if not is_exercise or text.startswith(mark) else mark + text


def title_of(titles: str, exercise: str) -> str:
    """The same in SQL: the title in %(lang)s of a row's texts by language."""
    words = " ".join(f"WHEN '{code}' THEN '{word}: '" for code, word in WORDS.items())
    return f"CASE WHEN {exercise} THEN CASE %(lang)s {words} END ELSE '' END || label({titles}, %(lang)s)"

"""Which hazard a text speaks of, where a feed has no code for it: by words of English and Russian, the more telling first."""

import re

WORDS = (
    ("TS", r"tsunami|цунами"),
    ("EQ", r"earthquake|quake|seismic|землетряс"),
    ("MS", r"mud\W?(?:flow|slide)|debris flow|сел[ьея]\b|селев"),
    ("AV", r"avalanche|лавин"),
    ("LS", r"land\W?slide|rock\W?fall|оползен|обвал"),
    ("FF", r"flash flood|внезапный паводок"),
    ("FL", r"flood|high water|наводнен|паводок|паводк|половодь|подтоплен"),
    ("TC", r"cyclone|hurricane|typhoon|тайфун|ураган"),
    ("TO", r"tornado|смерч"),
    ("WF", r"wild\W?fire|forest fire|bush\W?fire|fire weather|лесн\w+ пожар|природн\w+ пожар|степн\w+ пожар|пожарн\w+ опасност"),
    ("VO", r"volcan|eruption|вулкан"),
    ("DR", r"drought|засух"),
    ("CW", r"cold wave|extreme cold|low.temperature|frost|freez|мороз|заморозк|сильный холод"),
    ("HT", r"heat|high.temperature|жар[аыуе]\b|сильная жара"),
    ("VW", r"gale|wind|dust|sand\W?storm|ветер|ветра|пыльн\w+ бур"),
    ("ST", r"storm|thunder|hail|blizzard|snow|ice|rain|гроз|град\b|метел|снег|гололед|ливен|дожд"),
    ("EP", r"epidemic|outbreak|эпидеми|вспышк\w+ заболев"),
    ("IN", r"locust|саранч"),
    ("FR", r"fire|пожар"),
    ("AC", r"explosion|chemical|radiation|dam break|взрыв|химическ|радиац"),
)  # fmt: skip
FOUND = tuple((code, re.compile(rf"\b(?:{words})", re.IGNORECASE)) for code, words in WORDS)


def hazard_of(*texts: str) -> str | None:
    """Of the first text that names one."""
    for text in texts:
        for code, words in FOUND:
            if words.search(text[:1000]):
                return code
    return None

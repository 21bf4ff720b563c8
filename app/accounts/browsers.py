"""What a browser is called, out of what it says of itself: only to tell one's own sessions apart."""

from fastapi import Request

# the first that is named: Edge and Opera say Chrome too, Chrome says Safari, Android says Linux
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "YaBrowser": "Yandex", "SamsungBrowser": "Samsung Internet",
            "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS",
           "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip


def browser_of(request: Request) -> str:
    """ "Firefox, Windows"; "" where neither is known."""
    said = request.headers.get("user-agent", "")[:500]
    found = (first(said, BROWSERS), first(said, SYSTEMS))
    return ", ".join(filter(None, found))


def first(said: str, names: dict[str, str]) -> str:
    return next((name for token, name in names.items() if token in said), "")

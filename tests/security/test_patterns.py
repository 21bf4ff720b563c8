"""No pattern of ours can be made to run for ever: none repeats without end what itself repeats."""

import ast
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from app import geo
from tests.conftest import ROOT

CALLS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT)
COMPOSED = 1  # places where a pattern is put together from constants: app/geo.py
MANY = 50  # a repetition up to here is a constant


def patterns() -> dict[str, str]:
    """Every pattern in the code, by where it stands. A part that is put in is a level or a number of ours."""
    found = {}
    for file in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and is_of_re(node.func) and node.args and is_written(node.args[0]):
                found[f"{file.relative_to(ROOT)}:{node.lineno}"] = text_of(node.args[0])
    return found | composed()


def composed() -> dict[str, str]:
    """Those made of constants when a module is loaded."""
    return {f"app/geo.py {number}": pattern.pattern for number, pattern in enumerate(geo.WRITTEN)}


def is_written(node: ast.expr) -> bool:
    """Written out at the place itself. What is composed has to be known by name above, or the number below is wrong."""
    return not isinstance(node, ast.BinOp)


def arguments() -> list[ast.expr]:
    """What every pattern of the code is made from."""
    trees = [ast.parse(file.read_text()) for file in (ROOT / "app").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.args[0] for call in calls if is_of_re(call.func) and call.args]


def is_of_re(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in CALLS
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
    )


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), "a pattern is written out, never made from what came in"
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)


def runs_away(pattern: Any, repeated: bool = False) -> bool:
    """Whether an endless repetition stands in another one."""
    for kind, value in pattern:
        if kind in REPEATS:
            endless = value[1] is kinds.MAXREPEAT or value[1] > MANY
            if (endless and repeated) or runs_away(value[2], repeated or endless):
                return True
        elif any(runs_away(inner, repeated) for inner in inside(value)):
            return True
    return False


def inside(value: Any) -> list[Any]:
    """The patterns within a group or between bars."""
    if isinstance(value, parser.SubPattern):
        return [value]
    return [one for part in value for one in inside(part)] if isinstance(value, list | tuple) else []


def test_the_test_knows_a_pattern_that_runs_away() -> None:
    assert [runs_away(parser.parse(text)) for text in ("(a+)+", "(a*|b)*", "((a|b)+c)*", "a+b*", "(ab){1,9}")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_no_pattern_runs_away() -> None:
    found = patterns()
    assert len(found) > 10
    assert sum(isinstance(one, ast.BinOp) for one in arguments()) == COMPOSED
    assert [place for place, text in found.items() if runs_away(parser.parse(text))] == []

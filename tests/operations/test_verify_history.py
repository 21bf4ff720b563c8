"""`./portal verify-history` proves history from the command line, and says by its exit code whether it held."""

from pathlib import Path

from tests.operations.conftest import portal


def test_it_proves_an_untouched_history_and_refuses_a_head_that_is_none(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert portal("migrate", "--data", data).returncode == 0
    answer = portal("verify-history", "--data", data)
    assert answer.returncode == 0, answer.stderr
    assert "nothing was tampered with" in answer.stderr
    wrong = portal("verify-history", "--data", data, "--head", "yesterday")
    assert (wrong.returncode, "--head is POSITION:HASH" in wrong.stderr) == (1, True)
    cut = portal("verify-history", "--data", data, "--head", f"7:{'0' * 64}")
    assert (cut.returncode, "the chain was cut off" in cut.stderr) == (1, True)

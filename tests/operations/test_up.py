"""`./portal up`: what it copes with, and that it leaves nothing behind."""

import os
import signal
import socket
import time
from pathlib import Path

import httpx

from app.cluster import Cluster
from tests.operations.conftest import portal, processes_of, wait_until


def test_a_new_folder_is_made_ready_and_served(up, tmp_path):
    running = up(tmp_path / "new")
    answer = httpx.get(running.url, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_a_second_start_needs_nothing_but_the_processes(up, data):
    began = time.monotonic()
    running = up(data)
    assert httpx.get(f"{running.url}/api/v1/areas?limit=1", timeout=10).status_code == 200
    assert "Loading" not in running.output
    assert "Bringing" not in running.output
    assert time.monotonic() - began < 20, "5 s on an idle machine; here other tests run beside"


def test_the_next_page_is_on_the_port_that_was_chosen(up, data):
    running = up(data)
    following = httpx.get(f"{running.url}/api/v1/areas?limit=1", timeout=10).json()["next"]
    assert following.startswith(running.url)
    assert httpx.get(following, timeout=10).status_code == 200


def test_one_who_asked_too_early_is_served_and_keeps_nobody_from_starting_again(up, data, free_port):
    for _ in range(2):
        running = up(data, arguments=("--port", str(free_port), "--workers", "3", "--no-demo"))
        wait_until("the port", lambda: can_connect(free_port))
        assert httpx.get(f"http://127.0.0.1:{free_port}/health/live", timeout=60).status_code == 200
        assert running.is_ready()
        running.stop()


def can_connect(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_leaves_nothing_running(up, data):
    running = up(data)
    assert running.is_ready()
    assert len(processes_of(data)) > 3
    assert running.stop(signal.SIGINT) == 130
    assert processes_of(data) == []
    assert not Cluster(data).socket_folder.exists()
    assert running.output.endswith("Stopped.\n")


def test_sigterm_stops_as_cleanly(up, data):
    running = up(data)
    assert running.is_ready()
    assert running.stop(signal.SIGTERM) == 0
    assert processes_of(data) == []
    assert "database system is shut down" in Cluster(data).log.read_text().splitlines()[-1]


def test_a_taken_port_is_said_at_once(data, taken_port):
    refused = portal("up", "--data", data, "--port", taken_port)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Port {taken_port} of 127.0.0.1 cannot be used (Address already in use): choose another with --port.\n"
    )


def test_a_killed_up_takes_all_along_and_starts_again(up, data):
    running = up(data)
    assert running.is_ready()
    running.stop(signal.SIGKILL)
    wait_until("everything ended", lambda: processes_of(data) == [])
    assert up(data).is_ready()


def test_a_stale_pid_file_whose_number_lives_on_is_no_obstacle(up, data):
    stale = Cluster(data).folder / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{data}/postgres\n1700000000\n5432\n/tmp\n\n")
    assert up(data).is_ready()


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    refused = portal("up", "--data", tmp_path / "taken", "--port", "0")
    assert (refused.returncode, refused.stderr) == (1, f"{tmp_path}/taken is a file: choose a folder with --data.\n")


# -- what one `up` is asked and put through; the tests run in one process, so that it is started once


def test_a_second_up_on_the_same_folder_names_the_first(serving):
    second = portal("up", "--data", serving.data, "--port", "0")
    assert second.returncode == 1
    assert f"already runs from {serving.data} at {serving.url} (process {serving.process.pid})" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert serving.is_ready()


def test_a_killed_database_comes_back(serving):
    assert serving.is_ready()
    pid = Cluster(serving.data).running_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until("a new database", lambda: Cluster(serving.data).running_pid() not in (None, pid))
    wait_until("serving again", serving.is_ready)
    assert "The database ended; starting it again." in serving.output


def test_a_killed_server_comes_back(serving):
    assert serving.is_ready()
    for process in serving_processes(serving.data):
        os.kill(process, signal.SIGKILL)
    wait_until("word of it", lambda: "The server ended (signal SIGKILL); starting it again." in serving.output)
    wait_until("serving again", serving.is_ready)


def test_the_log_is_kept_in_the_folder(serving):
    httpx.get(f"{serving.url}/no-such-page")
    wait_until("a line about it", lambda: "/no-such-page" in (serving.data / "portal.log").read_text())


def test_the_server_knows_no_address_of_the_owner(serving):
    assert serving.is_ready()
    for process in serving_processes(serving.data):
        environ = Path(f"/proc/{process}/environ").read_bytes()
        assert b"portal_owner" not in environ


def serving_processes(data: Path) -> list[int]:
    given = f"PORTAL_TEST={data}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_serving = b"\0serve\0" in (process / "cmdline").read_bytes()
            if is_serving and given in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found

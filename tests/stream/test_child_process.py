"""What a hardened process can no longer do, and when it ends; each in a process of its own."""

import os
import subprocess
import sys
import textwrap


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_memory_beyond_the_limit_is_an_error_and_not_a_danger_to_others() -> None:
    ended = run("""
        from stream.child_process import harden
        harden(memory_limit_mib=256)
        small = bytearray(100 * 2**20)
        try:
            bytearray(300 * 2**20)
        except MemoryError:
            print("refused")
    """)
    assert (ended.stdout, ended.returncode) == ("refused\n", 0)


def test_a_hardened_process_leaves_no_core_dump_and_gains_no_privileges() -> None:
    ended = run("""
        import ctypes, resource
        from pathlib import Path
        from stream.child_process import harden
        harden(memory_limit_mib=256)
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3), status["NoNewPrivs"].strip())
    """)
    assert ended.stdout == "(0, 0) 0 1\n"


def test_a_process_whose_supervisor_is_gone_already_ends_at_once() -> None:
    ended = run(
        "from stream.child_process import end_with_supervisor; end_with_supervisor(); print('on')", VIGIL_PARENT="1"
    )
    assert ended.stdout == ""


def test_a_process_without_a_supervisor_lives_on_its_own() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIGIL_PARENT"}
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from stream.child_process import end_with_supervisor; end_with_supervisor(); print('on')",
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ended.stdout == "on\n"

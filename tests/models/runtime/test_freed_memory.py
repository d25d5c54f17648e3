"""Memory that was freed is used again; in processes of their own, since the setting is for a whole process."""

import subprocess
import sys

COUNT_FAULTS = """
import resource, sys
import numpy as np
from models.runtime.freed_memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()

def use_and_free():
    np.empty(20 * 2**20, np.uint8)[::4096] = 1

use_and_free()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    use_and_free()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
PAGES_OF_ONE = 20 * 2**20 // 4096


def num_page_faults(way: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNT_FAULTS, way], check=True, capture_output=True, text=True, timeout=60
    )
    return int(done.stdout)


def test_blocks_that_come_again_and_again_are_not_mapped_anew() -> None:
    assert num_page_faults("keep") < PAGES_OF_ONE


def test_they_would_be_otherwise() -> None:
    """Else the test above proves nothing; transparent huge pages may make faults few but large."""
    assert num_page_faults("as it is") > num_page_faults("keep")

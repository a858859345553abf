"""Every fault at every moment, for real: whatever happens, the state is right soon after, and nothing is lost.

`make faults` runs the whole table; without LUTHIER_FAULTS=all each fault strikes at one moment.
"""

import os
import time

import pytest

import installation as place
from faults import FAULTS, LASTS, OF_DISKS, OF_JOBS
from moments import MOMENTS
from server import wait_for

#: One moment for each fault, so that every fault and nearly every moment is tried in a minute.
SAMPLE = {
    "server killed": "registering", "agent killed": "training", "trainer killed": "streaming",
    "wrapper killed": "training", "all told to end": "training", "disk full": "uploading",
    "folder read-only": "staging", "clock stepped back": "queued", "database locked": "finishing",
}


def cells():
    for fault in FAULTS:
        for moment in MOMENTS:
            if fault in OF_JOBS and not MOMENTS[moment].has_job:
                continue
            if os.environ.get("LUTHIER_FAULTS") == "all" or SAMPLE[fault] == moment:
                yield pytest.param(fault, moment, id="%s while %s" % (fault, moment))


@pytest.mark.parametrize("fault, moment", cells())
def test_after_a_fault_all_is_right(site, fault, moment):
    if fault in OF_DISKS and not site.has_mounts:
        pytest.skip("this system gives no mounts of one's own")
    at = MOMENTS[moment](site)
    at.reach()
    mend = FAULTS[fault](site)
    if fault in LASTS:
        # A state and no blow: the installation has to live in it for a while.
        time.sleep(LASTS[fault])
    mend()
    wait_for(site.server.is_healthy, 5, "the server answers", site.server.log)
    wait_for(at.settled, 5, "the state is right", site.server.log)
    at.finish(fault)
    site.acknowledged()
    assert not site.half_files(), site.half_files()
    site.server.stop()
    wait_for(lambda: not site.processes(), 20, "no process is left",
             lambda: str([place.command_line(pid) for pid in site.processes()]))
    assert site.server.process.returncode == 0, site.server.log()[-3000:]

"""Programs in Node that drive Chromium: what they saw goes into the report, what they ask for is done, and the town that they look at."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading

from odziv import BINARY, CACHE, HERE, free_port, wait_for

ADMINISTRATOR = ("admin", "odziv-demo-2026")


def shots():
    """The folder that pictures of what was seen go into; empty when nobody wants them."""
    folder = os.environ.get("ODZIV_INTEROP_SHOTS", "")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    return folder


def drive(report, what, script, *arguments, happen=None, seconds=600):
    """Runs the program to its end. Each line that it prints is a check, or asks for something that `happen` does and answers."""
    hands = subprocess.Popen(
        ["node", HERE / script, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=dict(os.environ, ODZIV_INTEROP_CACHE=str(CACHE)),
    )
    late = threading.Timer(seconds, hands.kill)
    late.start()
    try:
        for line in hands.stdout:
            said = json.loads(line)
            if "check" in said:
                report.check(said["check"], said["good"], said["detail"])
            else:
                hands.stdin.write(json.dumps(happen(said)) + "\n")
                hands.stdin.flush()
        report.check(what, hands.wait(20) == 0, hands.returncode)
    finally:
        late.cancel()
        hands.kill()


@contextlib.contextmanager
def demo_town(report, name):
    """`odziv demo` in which nothing happens by itself: its address, or nothing when it does not come up."""
    with tempfile.TemporaryDirectory(prefix=f"odziv-{name}-") as folder:
        said = pathlib.Path(folder, "said")
        with open(said, "wb") as out:
            demo = subprocess.Popen(
                [BINARY, "demo", "--data", folder + "/data", "--listen", f"127.0.0.1:{free_port()}", "--calls-per-minute", "0", "--texts-per-minute", "0"],
                stdout=out, stderr=out, cwd=folder,
            )
        try:
            found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", said.read_text(errors="replace")), 180)
            report.check("the demo town is up", found, "" if found else said.read_text(errors="replace")[-500:])
            yield found.group(0) if found else None
        finally:
            demo.terminate()
            demo.wait(20)

"""Every page that a link leads to, in every language, wide, narrow and dark, looked at by axe-core (WCAG 2.1 AA)."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

from odziv import BINARY, CACHE, HERE, Report, free_port, wait_for

ADMINISTRATOR = ("admin", "odziv-demo-2026")
report = Report()
check = report.check


def main():
    shots = os.environ.get("ODZIV_INTEROP_SHOTS", "")
    if shots:
        pathlib.Path(shots).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="odziv-access-") as folder:
        web = free_port()
        said = pathlib.Path(folder, "said")
        with open(said, "wb") as out:
            demo = subprocess.Popen(
                [BINARY, "demo", "--data", folder + "/data", "--listen", f"127.0.0.1:{web}", "--calls-per-minute", "0", "--texts-per-minute", "0"],
                stdout=out, stderr=out, cwd=folder,
            )
        try:
            found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", said.read_text(errors="replace")), 60)
            if not check("the demo town is up", found, said.read_text(errors="replace")[-500:] if not found else ""):
                return
            eye = subprocess.run(
                ["node", HERE / "access.mjs", found.group(0), *ADMINISTRATOR, shots], capture_output=True, text=True,
                env=dict(os.environ, ODZIV_INTEROP_CACHE=str(CACHE)), timeout=540,
            )
            for line in eye.stdout.splitlines():
                seen = json.loads(line)
                check(seen["check"], seen["good"], seen["detail"])
            check("the look at the pages ran to its end", eye.returncode == 0, eye.stderr[-2000:])
        finally:
            demo.terminate()
            demo.wait(20)


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the look at the pages runs to its end", False, repr(problem)[:2000])
    report.finish()

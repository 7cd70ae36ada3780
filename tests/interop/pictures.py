"""Pictures of the program for README, of the demo town: `tests/interop/run pictures` writes them into docs/."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

from odziv import BINARY, CACHE, HERE, ROOT, Report, free_port, wait_for

report = Report()
check = report.check


def main():
    with tempfile.TemporaryDirectory(prefix="odziv-pictures-") as folder:
        said = pathlib.Path(folder, "said")
        with open(said, "wb") as out:
            demo = subprocess.Popen(
                [BINARY, "demo", "--data", folder + "/data", "--listen", f"127.0.0.1:{free_port()}", "--calls-per-minute", "0", "--texts-per-minute", "0"],
                stdout=out, stderr=out, cwd=folder,
            )
        try:
            found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", said.read_text(errors="replace")), 180)
            if not check("the demo town is up", found, said.read_text(errors="replace")[-500:] if not found else ""):
                return
            hand = subprocess.run(
                ["node", HERE / "pictures.mjs", found.group(0), "odziv-demo-2026", ROOT / "docs"], capture_output=True, text=True,
                env=dict(os.environ, ODZIV_INTEROP_CACHE=str(CACHE)), timeout=300,
            )
            for line in hand.stdout.splitlines():
                seen = json.loads(line)
                check(seen["check"], seen["good"], seen["detail"])
            check("every picture was taken", hand.returncode == 0, hand.stderr[-2000:])
        finally:
            demo.terminate()
            demo.wait(20)


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the pictures are taken", False, repr(problem)[:2000])
    report.finish()

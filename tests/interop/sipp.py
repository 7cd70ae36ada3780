"""sipp: a telephone exchange that we did not write."""

import subprocess

from odziv import HERE

SCENARIOS = HERE / "scenarios"


class Sipp:
    """One run of one scenario with so many callers."""

    def __init__(self, server, folder, name, numbers, track, called, rate, hang_up_after_ms=None, tcp=False):
        end = (SCENARIOS / ("server_hangs_up.xml" if hang_up_after_ms is None else "caller_hangs_up.xml")).read_text()
        scenario = (SCENARIOS / "talk.xml").read_text().replace("@END@", end)
        for word, value in {"TRACK": track, "CALLED": called, "MILLISECONDS": hang_up_after_ms}.items():
            scenario = scenario.replace(f"@{word}@", str(value))
        (folder / f"{name}.xml").write_text(scenario)
        (folder / f"{name}.csv").write_text("SEQUENTIAL\n" + "".join(f"{number};\n" for number in numbers))
        self.output = open(folder / f"{name}.out", "w+b")
        Sipp.media_port += 4 * len(numbers)
        command = ["sipp", f"127.0.0.1:{server.sip}", "-sf", folder / f"{name}.xml", "-inf", folder / f"{name}.csv"]
        command += ["-m", str(len(numbers)), "-r", str(rate), "-i", "127.0.0.1", "-mi", "127.0.0.1"]
        command += ["-mp", str(Sipp.media_port), "-t", "t1" if tcp else "u1", "-nostdin", "-timeout", "120s", "-timeout_error"]
        # Its own limit of calls at once is a handful; and a run that takes too long is a failure.
        command += ["-l", str(len(numbers))]
        command += ["-trace_err", "-error_file", folder / f"{name}.errors", "-cid_str", f"%u-{name}-%p@%s"]
        self.errors = folder / f"{name}.errors"
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, cwd=folder
        )

    # Ports of their own for every run, far from those of the server.
    media_port = 40000

    def succeeded(self):
        """0: every call went through the scenario."""
        return self.process.wait(180) == 0

    def why(self):
        text = self.errors.read_text(errors="replace") if self.errors.exists() else ""
        return " ".join(text.split())[:600]

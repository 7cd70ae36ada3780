#!/usr/bin/env python3
"""A campaign of a million recipients: imported, prepared, started and paused, with what it costs in time and memory.

    benches/campaign.py target/release/odziv [--recipients 1000000]

The server is on the first core, this program on the second. Nobody takes the texts: what is measured is ours. Says how long each step took, what the server
held in memory at most, how long the page of the campaign takes with all of them there, and how soon a pause is a pause.
"""

import argparse
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.web = binary, pathlib.Path(folder), free_port()
        config = self.folder / "odziv.toml"
        config.write_text(
            f'[log]\nfilter = "warn"\n[web]\nlisten = "127.0.0.1:{self.web}"\nmax_file_mb = 100\n[sip]\nlisten = "127.0.0.1:{free_port(socket.SOCK_DGRAM)}"\n'
            f'[[smpp.link]]\nname = "nobody"\naddress = "127.0.0.1:{free_port()}"\nsystem_id = "x"\npassword = "x"\nsender = "1234"\n'
        )
        self.arguments = ["--config", config, "--data", self.folder / "data"]
        self.process = subprocess.Popen(["taskset", "-c", "0", binary, "serve", *self.arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.web}/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        self.tokens = [self.token("first"), self.token("second")]

    def token(self, name):
        done = subprocess.run([self.binary, "token", "add", name, "--data", self.folder / "data"], capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]

    def ask(self, method, path, what=None, token=0):
        body = what if isinstance(what, bytes) else None if what is None else json.dumps(what).encode()
        kind = "application/octet-stream" if isinstance(what, bytes) else "application/json"
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}/api/v1{path}", body, method=method)
        request.add_header("Authorization", f"Bearer {self.tokens[token]}")
        request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, timeout=600) as answer:
            said = answer.read()
            return json.loads(said) if said else None

    def memory(self, field="VmHWM"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status).group(1)) / 1024


def rows(first, last):
    lines = ["ime;telefon;adresa"]
    lines += [f"Građanin {n};+38164{n:07};Njegoševa {n % 200}" for n in range(first, last)]
    return "\r\n".join(lines).encode()


def timed(what, deed):
    begun = time.monotonic()
    result = deed()
    print(f"{what:<60} {time.monotonic() - begun:8.2f} s", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--recipients", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="odziv-campaign-") as folder:
        server = Server(asked.binary, folder)
        try:
            measure(server, asked.recipients)
        finally:
            server.process.terminate()
            server.process.wait(30)


def measure(server, recipients):
    print(f"memory at rest {server.memory('VmRSS'):.0f} MB")
    words = {"sr": "{name}, сутра од 8 до 14 часова нема воде.", "en": ""}
    campaign = server.ask("POST", "/campaigns", {
        "name": "Милион", "ladder": [{"way": "sms", "minutes": 1440}], "message": {"text": words, "script": "plain_latin"}, "hours": {"from": 0, "to": 1440},
    })["id"]
    piece = 250_000
    for first in range(0, recipients, piece):
        octets = rows(first, min(first + piece, recipients))
        timed(f"import of {min(piece, recipients - first)} rows, {len(octets) / 1e6:.1f} MB", lambda: server.ask("POST", f"/campaigns/{campaign}/lists?name=lista-{first}.csv", octets))
    print(f"memory at most so far {server.memory():.0f} MB")
    now = lambda: server.ask("GET", f"/campaigns/{campaign}")

    def step(name, token=0):
        return server.ask("POST", f"/campaigns/{campaign}/steps", {"step": name, "version": now()["version"]}, token)

    def prepared():
        step("prepare")
        while now()["state"] == "preparing":
            time.sleep(0.2)

    timed(f"prepared: {recipients} looked at one by one", prepared)
    state = now()
    print(f"  {state['state']}, {state['counts']}, {state['parts']} parts; memory at most {server.memory():.0f} MB")
    lasted = []
    for _ in range(50):
        begun = time.monotonic()
        now()
        lasted.append((time.monotonic() - begun) * 1000)
    lasted.sort()
    print(f"the campaign with its counts: p50 {lasted[25]:.1f} ms, p95 {lasted[47]:.1f} ms")
    step("approve", 1)
    step("start")

    def handed_over():
        while now()["counts"].get("sending", 0) < min(4_000, recipients):
            time.sleep(0.02)

    timed("the first 4,000 are handed over", handed_over)

    def paused():
        step("pause")
        while now()["counts"].get("sending", 0):
            time.sleep(0.02)

    timed("paused: what no link has taken is taken back", paused)
    print(f"  {now()['counts']}; memory at most {server.memory():.0f} MB, now {server.memory('VmRSS'):.0f} MB")


if __name__ == "__main__":
    main()

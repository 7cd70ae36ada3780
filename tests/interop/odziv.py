"""The built program under trial: its processes, its API, and the lines that say what passed."""

import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BINARY = pathlib.Path(os.environ["ODZIV_BIN"]).resolve()
CACHE = pathlib.Path(os.environ["ODZIV_INTEROP_CACHE"])
MENU_LINE = "+38121480000"
QUICK_LINE = "+38121480001"


class Report:
    """One line for each check; the last line counts them."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok    ' if good else 'FAILED'} {what}" + (f" ({detail})" if detail else ""), flush=True)
        return good

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def free_port(kind=socket.SOCK_STREAM):
    """Below the range from which the system hands out ports and above the RTP range of the trials."""
    for port in range(26000 + os.getpid() % 997 * 4, 32000):
        try:
            for each in {kind, socket.SOCK_STREAM}:
                with socket.socket(socket.AF_INET, each) as probe:
                    probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
        except OSError:
            continue
    raise RuntimeError("no free port")


_given = set()


class Server:
    """`odziv serve` with a configuration and a data folder of its own."""

    def __init__(self, name, sip="", smsc_port=None, rtp=(10000, 19999), extra=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"odziv-{name}-"))
        self.data = self.folder / "data"
        self.web, self.sip = free_port(), free_port(socket.SOCK_DGRAM)
        (self.data / "dialplans").mkdir(parents=True)
        shutil.copy(HERE / "plan.toml", self.data / "dialplans" / "main.toml")
        link = ""
        if smsc_port:
            link = (
                f'[[smpp.link]]\nname = "trial"\naddress = "127.0.0.1:{smsc_port}"\nsystem_id = "odziv"\n'
                'password = "trial"\nsender = "48048"\nenquire_link_s = 5\nresponse_timeout_s = 5\nreconnect_max_s = 1\n'
            )
        self.config = self.folder / "odziv.toml"
        self.config.write_text(
            f'[log]\nfilter = "info"\n[web]\nlisten = "127.0.0.1:{self.web}"\n'
            f'[sip]\nlisten = "0.0.0.0:{self.sip}"\n{sip}\n[[sip.trunk]]\nname = "trial"\npeers = ["127.0.0.1"]\n'
            f"[media]\nport_min = {rtp[0]}\nport_max = {rtp[1]}\nquarantine_s = 1\n{link}{extra}"
        )
        self.process = None
        self.bearer = None

    def start(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--config", self.config, "--data", self.data], stdout=log, stderr=log, cwd=self.folder
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the server did not become ready; its log:\n{self.log()[-4000:]}")

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def run(self, *arguments, stdin=None):
        done = subprocess.run(
            [BINARY, *arguments, "--data", self.data], input=stdin, capture_output=True, text=True, cwd=self.folder
        )
        if done.returncode:
            raise RuntimeError(f"odziv {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout

    def add_user(self, name, role, password):
        self.run("user", "add", name, "--role", role, "--password-stdin", stdin=password + "\n")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError("the server did not end within 20 s of SIGTERM") from None
        return self.process.returncode if self.process else 0

    def discard(self):
        if not os.environ.get("ODZIV_INTEROP_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    # The API.

    def api(self, path, **query):
        with self.open(path, **query) as answer:
            return json.load(answer)

    def post(self, path, what):
        return self.write("POST", path, what)

    def put(self, path, what):
        return self.write("PUT", path, what)

    def write(self, method, path, what, token=None):
        """What it answers; `problem` when it refuses."""
        url, token = f"http://127.0.0.1:{self.web}/api/v1{path}", token or self.token()
        request = urllib.request.Request(url, json.dumps(what).encode(), method=method)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                said = answer.read()
                return json.loads(said) if said else {}
        except urllib.error.HTTPError as problem:
            return {"problem": problem.read().decode(errors="replace")}

    def token(self):
        if not self.bearer:
            self.bearer = self.run("token", "add", "trial").split()[-1]
        return self.bearer

    def signed_in(self, name, password, role=None):
        """What it returns opens a page, or sends its form. With a role the user is added. (No token is an administrator's.)"""
        if role:
            self.add_user(name, role, password)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        site = f"http://127.0.0.1:{self.web}"

        def page(path, **form):
            text = browser.open(urllib.request.Request(site + form.pop("on", path)), timeout=20).read().decode()
            if not form:
                return text
            form["csrf"] = re.search(r'name="csrf" value="([^"]+)"', text).group(1)
            request = urllib.request.Request(site + path, urllib.parse.urlencode(form).encode(), {"Origin": site})
            return browser.open(request, timeout=20).read().decode()

        page("/login", next="/", name=name, password=password)
        return page

    def open(self, path, **query):
        query = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}/api/v1{path}" + (f"?{query}" if query else ""))
        request.add_header("Authorization", f"Bearer {self.token()}")
        return urllib.request.urlopen(request, timeout=20)

    def cases(self, **query):
        """All of them, page by page."""
        cursor = None
        while True:
            page = self.api("/cases", cursor=cursor, limit=200, **query)
            yield from page["cases"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def case(self, case):
        return self.api(f"/cases/{case['id']}")


def wait_for(condition, seconds=20, every=0.1):
    """The first true value of `condition`, or its last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(every)

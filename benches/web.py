#!/usr/bin/env python3
"""How long pages, searches and changes take over HTTP at the size of a database that `fill` made, for an operator who sees all cases,
an officer who sees those of one service, and an administrator.

    ODZIV_BENCH_DIR=DIR cargo bench --bench fill                                     # once; PostgreSQL: see its head
    benches/web.py target/release/odziv DIR [postgres://..] [--rounds 300] [--only WORD] [--statements LOG] [--load]

Starts the server on the first core and stays on the second itself. Changes are stored, a few hundred for each run. `--statements`: the log
of a PostgreSQL with `log_statement = all`; then the statements for each page are counted instead of the time. `--load`: what the server takes after many pages, with many
listeners, and while everything is exported.
"""

import argparse
import html
import http.client
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse



def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


PORT = free_port(socket.SOCK_STREAM)
PASSWORD = "dugačka lozinka za merenje"
# measures.md of the design: p95 in milliseconds
TO_REACH = {"list": 30, "page": 50, "search": 100}


class Browser:
    """One who is logged in."""

    def __init__(self, login):
        self.web = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self.cookies = {}
        page = self.ask("GET", "/login")[1]
        self.csrf = csrf(page)
        form = {"csrf": self.csrf, "next": "", "name": login, "password": PASSWORD}
        status, page, _ = self.ask("POST", "/login", form)
        assert status in (302, 303), f"log-in of {login}: {status}"
        self.csrf = csrf(self.ask("GET", "/cases")[1])

    def cookie(self):
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}

    def ask(self, method, path, form=None, partial=False):
        headers = {**self.cookie(), "Origin": f"http://127.0.0.1:{PORT}"}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        self.web.request(method, path, body, headers)
        answer = self.web.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - begun) * 1000
        for line in answer.headers.get_all("Set-Cookie") or []:
            key, value = line.split(";")[0].split("=", 1)
            self.cookies[key] = value
        return answer.status, text, took

    def post(self, path, **form):
        return self.ask("POST", path, {"csrf": self.csrf, **form})

    def version(self, case):
        page = self.ask("GET", f"/cases/{case}")[1]
        return re.search(r'name="version" value="(\d+)"', page).group(1)


def csrf(page):
    return html.unescape(re.search(r'name="csrf" value="([^"]+)"', page).group(1))


def cases_of(page):
    return [int(number) for number in re.findall(r'href="/cases/(\d+)"', page)]


def next_page(page):
    found = re.search(r'(?:href|data-more|data-next)="(/cases\?[^"]*after=[^"]*)"', page)
    return html.unescape(found.group(1)) if found else None


class Measure:
    def __init__(self, options, process):
        self.options = options
        self.process = process

    def __call__(self, name, kind, work, rounds=None):
        """`work(n)` asks for one page and gives its status and time."""
        if self.options.only and self.options.only not in name:
            return
        if self.options.statements:
            return self.statements(name, work)
        times = []
        before = self.processor_ms()
        for n in range(rounds or self.options.rounds):
            status, _, took = work(n)
            assert status in (200, 302, 303), f"{name}: {status}"
            times.append(took)
        cpu = (self.processor_ms() - before) / len(times)
        times.sort()
        at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
        limit = TO_REACH.get(kind)
        verdict = "" if limit is None else ("" if at(0.95) <= limit else f"   over {limit}")
        print(f"{name:<52} p50 {at(0.5):7.1f}  p95 {at(0.95):7.1f}  p99 {at(0.99):7.1f} ms  cpu {cpu:6.1f}{verdict}", flush=True)

    def processor_ms(self):
        """Of the server, and of PostgreSQL where it is one: what a page costs also when the machine has other work."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if stat.parent.name == str(self.process.pid) or self.options.store and name == "postgres":
                fields = rest.split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks * 1000 / os.sysconf("SC_CLK_TCK")

    def statements(self, name, work):
        log = pathlib.Path(self.options.statements)
        work(0)
        time.sleep(0.3)
        before = log.stat().st_size
        work(1)
        time.sleep(0.3)
        with log.open(errors="replace") as file:
            file.seek(before)
            said = file.read()
        found = [line for line in said.splitlines() if re.search(r"LOG:  (execute|statement)", line)]
        shapes = {}
        for line in found:
            shape = re.sub(r"^.*?LOG:  (execute [^:]*|statement): ", "", line)[:90]
            shapes[shape] = shapes.get(shape, 0) + 1
        print(f"{name:<52} {len(found)} statements", flush=True)
        for shape, count in sorted(shapes.items(), key=lambda pair: -pair[1])[:4]:
            if count > 1:
                print(f"      {count} x {shape}", flush=True)


def pages(measure, newest):
    some = lambda: random.randint(1, newest)
    operator, officer, admin = (Browser(f"bench-{role}") for role in ("operator", "officer", "administrator"))
    get = lambda who, path: lambda n: who.ask("GET", path(n) if callable(path) else path)

    for role, who in (("operator", operator), ("officer", officer)):
        for name, path in (
            ("first page", "/cases"),
            ("status new", "/cases?status=new"),
            ("two states", "/cases?status=forwarded,in_progress"),
            ("closed calls", "/cases?status=closed&channel=call"),
            ("a category", "/cases?category=121"),
            ("a top of categories", "/cases?category=2"),
            ("a service and a state", "/cases?department=111&status=in_progress"),
            ("nobody's", "/cases?assignee=nobody"),
            ("mine", "/cases?assignee=me"),
            ("outcome", "/cases?outcome=unfounded"),
            ("overdue", "/cases?due=overdue"),
            ("by due date", "/cases?order=due"),
            ("by change", "/cases?order=updated"),
            ("a month two years ago", "/cases?from=2024-11-01&until=2024-11-30"),
            ("what no case is", "/cases?status=new&channel=web&outcome=withdrawn"),
        ):
            measure(f"list, {role}: {name}", "list", get(who, path))
        path = "/cases"
        for _ in range(30):
            path = next_page(who.ask("GET", path)[1]) or path
        measure(f"list, {role}: page 31", "list", get(who, path))

    long = lambda n: f"/cases/{(n * 7 % (newest // 2500) + 1) * 2500}"
    measure("case page, first view", "page", get(operator, lambda n: f"/cases/{some()}"))
    seen = [some() for _ in range(50)]
    measure("case page, again", "page", get(operator, lambda n: f"/cases/{seen[n % 50]}"))
    measure("case page with 300 entries", "page", get(operator, long))

    rare = "поклопац клупа фонтана жица"
    for name, q in (
        ("a number", lambda: f"400-{some()}"),
        ("a telephone number as people write it", lambda: f"06{some() % 7}/{some() % 200000:07d}"),
        ("a common word", lambda: "voda"),
        ("a common word and a rarer one", lambda: "voda " + random.choice(["komarci", "fontana", "drvo", "groblje"])),
        ("a name", lambda: random.choice(["petrović", "jovanović milica", "đorđe", "ljiljana nikolić"])),
        ("a name and a word", lambda: "milica rupa"),
        ("an address", lambda: f"dunavska {random.randint(1, 140)}"),
        ("a rare word", lambda: random.choice(rare.split())),
        ("one letter", lambda: random.choice("vpsmkd")),
        ("two letters", lambda: random.choice(["vo", "pe", "st", "ra"])),
        ("what nobody wrote", lambda: "nemaovetereci"),
        ("a file's name", lambda: f"{random.randint(1, 2000)} IMG"),
    ):
        address = lambda n, q=q: "/search?q=" + urllib.parse.quote(q())
        measure(f"search, operator: {name}", "search", get(operator, address))
        measure(f"search, officer: {name}", "search", get(officer, address))
    measure("list searched: a common word, new", "search", get(operator, "/cases?q=voda&status=new"))

    people = max(newest * 2 // 5, 50)
    measure("person card", "page", get(operator, lambda n: f"/people/{random.randint(1, people)}"))
    measure("person card of one who writes often", "page", get(operator, lambda n: f"/people/{random.randint(1, people // 50)}"))
    measure("list of people", "list", get(operator, "/people"))
    measure("tasks, officer", "list", get(officer, "/tasks"))
    measure("deadlines, administrator", "list", get(admin, "/deadlines"))
    measure("audit, administrator", "list", get(admin, "/audit"))
    measure("audit of one case", "list", get(admin, lambda n: f"/audit?kind=case&subject={some()}"))
    measure("intake form", "list", get(operator, "/cases/new"))
    similar = lambda n: "/cases/new/similar?" + urllib.parse.urlencode({"category": 121, "words": "nema vode u ulici", "place": "Дунавска 5"})
    measure("similar cases at intake", "page", get(operator, similar))
    saves(measure, operator, officer, newest)


def saves(measure, operator, officer, newest):
    mine = cases_of(officer.ask("GET", "/cases?status=in_progress")[1]) + cases_of(officer.ask("GET", "/cases?status=new")[1])
    assert mine, "the officer has no open cases"
    rounds = 100
    some = lambda: random.randint(1, newest)
    fresh = []
    path = "/cases?status=in_progress"
    while path and len(fresh) < 3 * rounds:
        page = operator.ask("GET", path)[1]
        fresh += [case for case in cases_of(page) if case not in fresh and case not in mine]
        path = next_page(page)
    assert fresh, "no open cases"
    note = lambda n: operator.post(f"/cases/{some()}/notes", words="Екипа је на терену, вода се враћа до подне.")
    measure("save: note", None, note, rounds)

    def category(n):
        case = fresh[n % len(fresh)]
        return operator.post(f"/cases/{case}/facts", version=operator.version(case), category=120 + 20 * (n % 5) + n % 12)

    measure("save: category, with the page before it", None, category, rounds)
    reply = lambda n: officer.post(f"/cases/{mine[n % len(mine)]}/replies", words="Молимо вас за тачну адресу.")
    measure("save: reply to the citizen", None, reply, rounds)

    def forward(n):
        case = fresh[(n + rounds) % len(fresh)]
        form = {"version": operator.version(case), "step": "forward", "department": 112, "reason": "Није наша надлежност."}
        return operator.post(f"/cases/{case}/step", **form)

    measure("save: forward, with the page before it", None, forward, rounds)

    def answer(n):
        case = mine[n % len(mine)]
        version = officer.version(case)
        return officer.post(f"/cases/{case}/answer", version=version, outcome="resolved", words="Квар је отклоњен.")

    measure("save: answer, with the page before it", None, answer, min(rounds, len(mine)))


def load(process, newest):
    """What the server takes after many pages, with many listeners, and while everything is exported."""
    admin = Browser("bench-administrator")
    print(f"memory before {memory(process)} MiB")
    begun = time.perf_counter()
    for n in range(10_000):
        path = "/cases" if n % 3 == 0 else f"/cases/{random.randint(1, newest)}"
        assert admin.ask("GET", path)[0] == 200
    print(f"10,000 page views in {time.perf_counter() - begun:.0f} s; memory {memory(process)} MiB", flush=True)
    listeners = [listen(admin, f"/cases/{random.randint(1, newest)}/events" if n % 2 else "/cases/events") for n in range(200)]
    print(f"200 listeners; memory {memory(process)} MiB", flush=True)
    for _ in range(100):
        assert admin.post(f"/cases/{random.randint(1, newest)}/notes", words="Белешка за слушаоце.")[0] in (200, 302, 303)
    heard = 0
    for one in listeners[::2]:
        one.settimeout(5)
        heard += b"data" in one.recv(65_536)
    print(f"after 100 notes, heard by {heard} of 100 listeners of the list; memory {memory(process)} MiB", flush=True)
    for one in listeners:
        one.close()
    for form in ("csv", "xlsx"):
        highest, size, begun, first = memory(process), 0, time.perf_counter(), None
        admin.web.request("GET", f"/cases/export?format={form}", headers=admin.cookie())
        answer = admin.web.getresponse()
        assert answer.status == 200, answer.status
        while piece := answer.read(1 << 20):
            first = first or time.perf_counter() - begun
            size += len(piece)
            highest = max(highest, memory(process))
        took = time.perf_counter() - begun
        print(f"export {form}: {size >> 20} MiB in {took:.0f} s, first after {first:.1f} s; memory at most {highest} MiB", flush=True)


def listen(browser, path):
    stream = socket.create_connection(("127.0.0.1", PORT))
    cookie = browser.cookie()["Cookie"]
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n".encode())
    stream.settimeout(10)
    assert b" 200 " in stream.recv(4096), path
    return stream


def memory(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) >> 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("store", nargs="?", default="")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--only", default="")
    parser.add_argument("--statements", default="")
    parser.add_argument("--load", action="store_true")
    options = parser.parse_args()
    random.seed(400)
    os.sched_setaffinity(0, {1 % os.cpu_count()})
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(f'[store]\nurl = "{options.store}"\n[web]\nlisten = "127.0.0.1:{PORT}"\n[sip]\nlisten = "127.0.0.1:{free_port(socket.SOCK_DGRAM)}"\n[log]\nfilter = "warn"\n')
        config.flush()
        begun = time.perf_counter()
        server = ["taskset", "-c", "0", options.program, "serve", "--data", options.folder, "--config", config.name]
        process = subprocess.Popen(server, stdout=subprocess.DEVNULL)
        try:
            while True:
                try:
                    web = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
                    web.request("GET", "/readyz")
                    if web.getresponse().status == 200:
                        break
                except OSError:
                    assert process.poll() is None, "the server has ended"
                time.sleep(0.01)
            print(f"ready after {time.perf_counter() - begun:.2f} s; memory {memory(process)} MiB")
            counts = Browser("bench-operator").ask("GET", "/cases")[1]
            newest = max(cases_of(counts))
            if options.load:
                load(process, newest)
            else:
                pages(Measure(options, process), newest)
            print(f"memory after it {memory(process)} MiB")
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    sys.exit(main())

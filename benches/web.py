#!/usr/bin/env python3
"""How long the pages take over HTTP, as a clerk's browser asks for them: list, filtered list, search, case page.

Start the server on a folder filled by `ODZIV_BENCH_DIR=DIR cargo bench --bench store`, pinned to one core, then:

    echo 'a long password' | odziv user add bench --role operator --data DIR
    taskset -c 0 odziv serve --data DIR &
    taskset -c 1 benches/web.py http://127.0.0.1:8080 bench 'a long password'
"""

import http.client
import random
import re
import statistics
import sys
import time
import urllib.parse

ROUNDS = 300
SEARCHES = ["voda", "пукла цев", "ul", "064", "petrović", "rasveta dunavska", "400-73", "kontejner"]


def main(base, name, password):
    host = urllib.parse.urlsplit(base).netloc
    web = http.client.HTTPConnection(host)
    cookies = {}

    def ask(method, path, form=None):
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": base}
        body = None
        if form:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        web.request(method, path, body, headers)
        answer = web.getresponse()
        text = answer.read().decode()
        took = time.perf_counter() - begun
        for line in answer.headers.get_all("Set-Cookie") or []:
            key, value = line.split(";")[0].split("=", 1)
            cookies[key] = value
        return answer.status, text, took * 1000

    _, page, _ = ask("GET", "/login")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
    status, _, _ = ask("POST", "/login", {"csrf": csrf, "next": "", "name": name, "password": password})
    assert status in (302, 303), f"log-in: {status}"
    _, page, _ = ask("GET", "/cases")
    ids = [int(i) for i in re.findall(r'href="/cases/(\d+)"', page)]
    assert ids, "no cases"
    newest = max(ids)

    kinds = {
        "list": lambda: "/cases",
        "list, filtered": lambda: "/cases?" + random.choice(["status=new", "channel=sms", "status=closed&channel=call", "assignee=none"]),
        "search": lambda: "/cases?q=" + urllib.parse.quote(random.choice(SEARCHES)),
        "case page": lambda: f"/cases/{random.randint(1, newest)}",
    }
    for kind, path in kinds.items():
        times = []
        for _ in range(ROUNDS):
            status, _, took = ask("GET", path())
            assert status == 200, f"{kind}: {status}"
            times.append(took)
        times.sort()
        print(f"{kind:<16} p50 {statistics.median(times):6.1f} ms   p95 {times[int(ROUNDS * 0.95)]:6.1f} ms   worst {times[-1]:6.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])

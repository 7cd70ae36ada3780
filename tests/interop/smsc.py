"""Holds the reins of smsc.cjs."""

import json
import os
import subprocess
import threading

from odziv import CACHE, HERE, free_port, wait_for


class Smsc:
    def __init__(self):
        self.port = free_port()
        environment = dict(os.environ, NODE_PATH=str(CACHE / "node_modules"))
        self.process = subprocess.Popen(
            ["node", HERE / "smsc.cjs", str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.events, self.bound = [], False
        threading.Thread(target=self._listen, daemon=True).start()
        if not wait_for(lambda: self.of("listening"), 15):
            raise RuntimeError("the SMSC of the trials did not start")

    def _listen(self):
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            if event["event"] in ("bound", "unbound"):
                self.bound = event["event"] == "bound"

    def of(self, kind):
        return [event for event in list(self.events) if event["event"] == kind]

    def submits_to(self, number):
        return [event for event in self.of("submit") if event["to"].strip("+") == number.strip("+")]

    def order(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def deliver(self, id, number, words, arrange=lambda parts: parts, reference=None):
        """A text in UCS-2, in as many parts as it needs (67 characters each, 8-bit reference), arranged as wanted."""
        units = words.encode("utf-16-be")
        if len(units) <= 140:
            parts = [{"body": units.hex()}]
        else:
            pieces = [units[at : at + 134] for at in range(0, len(units), 134)]
            reference = hash(id) % 256 if reference is None else reference
            parts = [
                {"udh": bytes([5, 0, 3, reference, len(pieces), n]).hex(), "body": piece.hex()}
                for n, piece in enumerate(pieces, 1)
            ]
        self.order(deliver={"id": id, "from": number.strip("+"), "to": "48048", "coding": 8, "parts": arrange(parts)})

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)

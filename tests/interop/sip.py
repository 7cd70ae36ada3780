"""A small caller for what sipp is bad at: hanging up at odd instants, calling from elsewhere, outliving a killed server."""

import re
import select
import socket
import time


class Caller:
    """One UDP socket and its calls. Nothing happens unless `pump` is called."""

    def __init__(self, server_port, source="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.setblocking(False)
        self.local = f"{source}:{self.socket.getsockname()[1]}"
        self.server = ("127.0.0.1", server_port)
        self.calls = {}

    def call(self, number, called, media_port=9, **behaviour):
        call = Call(self, f"{number.strip('+')}-{time.monotonic_ns():x}", number, called, media_port, **behaviour)
        self.calls[call.id] = call
        call.invite()
        return call

    def send(self, text):
        try:
            self.socket.sendto(text.encode(), self.server)
        except OSError:
            pass  # The server is away just now: as lost as any datagram.

    def pump(self, seconds):
        """Hears and repeats for so long."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.socket], [], [], max(0.0, min(left, 0.02)))
            while ready:
                try:
                    text = self.socket.recv(65536).decode(errors="replace")
                except BlockingIOError:
                    break
                except OSError:
                    continue  # An ICMP error of a server that is away.
                call = self.calls.get(header(text, "Call-ID"))
                if call:
                    call.heard(text)
            now = time.monotonic()
            for call in self.calls.values():
                call.tick(now)
            if left <= 0:
                return


class Call:
    def __init__(self, caller, id, number, called, media_port, cancel_on=None, repeats=3):
        self.caller, self.id, self.number, self.called, self.media_port = caller, id, number, called, media_port
        self.cancel_on, self.repeats = cancel_on, repeats
        self.state, self.statuses, self.final, self.retry_after = "calling", [], None, None
        self.to, self.target, self.remote_media = f"<sip:{called}@odziv>", f"sip:{called}@{caller.server[0]}:{caller.server[1]}", None
        self.request, self.next, self.pause = None, None, 0.5

    # What the caller does.

    def invite(self):
        body = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {self.media_port} RTP/AVP 8 101\r\n"
            "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        )
        self._reliably(self._write("INVITE", 1, "i", f"Contact: <sip:caller@{self.caller.local}>\r\nContent-Type: application/sdp\r\n", body))

    def cancel(self):
        self.caller.send(self._write("CANCEL", 1, "i"))
        self.state = "cancelling"

    def bye(self):
        if self.state == "talking":
            self.state = "leaving"
            self._reliably(self._write("BYE", 2, "b"))

    @property
    def acknowledged(self):
        """The server has taken the call: it said more than that it is trying."""
        return any(180 <= status < 300 for status in self.statuses)

    # What happens to the caller.

    def heard(self, text):
        if not text.startswith("SIP/2.0"):
            method = text.split(" ", 1)[0]
            if method == "BYE":
                self.state = "over"
            if method != "ACK":
                copied = "".join(f"{n}: {header(text, n)}\r\n" for n in ("Via", "From", "To", "Call-ID", "CSeq"))
                self.caller.send(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n")
            return
        status, method = int(text[8:11]), header(text, "CSeq").split()[1]
        if method == "INVITE":
            self.statuses.append(status)
            self.next = None
            if status >= 200:
                self.to = header(text, "To")
                self.final = self.final or status
                self._final(status, text)
            elif self.cancel_on and status >= self.cancel_on and self.state == "calling":
                self.cancel()
        elif method == "BYE" and status >= 200:
            self.state, self.next = "over", None

    def _final(self, status, text):
        if status < 300:
            contact = re.search(r"<([^>]+)>", header(text, "Contact") or "")
            self.target = contact.group(1) if contact else self.target
            media = re.search(r"m=audio (\d+)", text)
            self.remote_media = ("127.0.0.1", int(media.group(1))) if media else None
            self.caller.send(self._write("ACK", 1, "a"))
            was, self.state = self.state, "talking" if self.state in ("calling", "cancelling") else self.state
            if was == "cancelling":
                self.bye()
        else:
            self.retry_after = header(text, "Retry-After")
            self.caller.send(self._write("ACK", 1, "i"))
            self.state = "over"

    def tick(self, now):
        if self.next and now >= self.next:
            if self.repeats == 0:
                self.next, self.state = None, "over"
                return
            self.repeats -= 1
            self.pause *= 2
            self.next = now + self.pause
            self.caller.send(self.request)

    def _reliably(self, request):
        self.request, self.pause = request, 0.5
        self.next = time.monotonic() + self.pause
        self.caller.send(request)

    def _write(self, method, cseq, branch, headers="", body=""):
        return (
            f"{method} {self.target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.caller.local};rport;branch=z9hG4bK{branch}{self.id}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{self.number}@{self.caller.local}>;tag=f{self.id}\r\nTo: {self.to}\r\n"
            f"Call-ID: {self.id}\r\nCSeq: {cseq} {method}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        )


def header(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else None

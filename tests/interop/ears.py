"""Ears and mouths of citizens: one socket hears all calls that sipp has answered. Some only speak as long as they hear something; some answer questions
by keys, by what they hear; some greet as people do, or as machines."""

import array
import collections
import heapq
import random
import select
import socket
import struct
import threading
import time

import media
import tones
from odziv import free_port
from trunk import DECODED

VOICE = 440
# Packets of one key (RFC 4733): five updates, and its end three times.
PRESSED, ENDED = 5, 3


class Mouth:
    """What one citizen sends into one call."""

    def __init__(self, socket, to):
        self.socket, self.to, self.source = socket, to, random.getrandbits(32)
        self.sent = self.time = 0
        self.pressing = 0.0

    def voice(self, codes):
        if time.time() < self.pressing:
            return
        self._send(media.PCMA, self.sent == 0, self.time, codes)
        self.time += media.FRAME

    def key(self, key, n):
        """The n-th packet of a key."""
        end = n >= PRESSED
        duration = min(n + 1, PRESSED) * media.FRAME
        self._send(media.EVENT, n == 0, self.time, struct.pack("!BBH", "0123456789*#".index(key), 0x80 * end | 10, duration))
        if n == PRESSED + ENDED - 1:
            self.time += (PRESSED + ENDED) * media.FRAME

    def _send(self, kind, marker, at, payload):
        header = struct.pack("!BBHII", 0x80, kind | 0x80 * marker, self.sent & 0xFFFF, at & 0xFFFFFFFF, self.source)
        self.sent += 1
        try:
            self.socket.sendto(header + payload, self.to)
        except OSError:
            pass  # The leg is gone.


class Ear:
    """What all of them hear, by the port of ours from which it came."""

    # How long it may take until something that is due is done.
    IDLE = 0.1

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.port = free_port(socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", self.port))
        voice = media.tone(1, VOICE)
        self.frames = [voice[at : at + media.FRAME] for at in range(0, len(voice), media.FRAME)]
        self.heard, self.mouths, self.due, self.open = collections.defaultdict(list), {}, [], True
        self.calls = lambda: []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def packets(self, call):
        """Of one call: (when, codes)."""
        end = call.end or call.at + 60
        return [(at, codes) for at, codes in list(self.heard.get(call.port, [])) if call.at <= at <= end + 0.2]

    def first(self, call, candidates):
        """The first of the tones that was heard for a twentieth of a second, and when."""
        sounds = self.packets(call)
        for at in range(0, len(sounds) - 2, 3):
            codes = b"".join(codes for _, codes in sounds[at : at + 3])
            if (tone := tone_of(codes, candidates)) is not None:
                return tone, sounds[at][0]
        return None, None

    def loud(self, call, since=0.0):
        """Seconds of any sound."""
        sounds = (codes for at, codes in self.packets(call) if at >= since)
        return sum(is_loud(codes) for codes in sounds) * 0.02

    def close(self):
        if self.open:
            self.open = False
            self.thread.join(2)
            self.socket.close()

    # What others do differently.

    def hears(self, port, stream, codes):
        """Says something as long as there is something to hear."""
        mouth = self.mouth(port, stream)
        mouth.voice(self.frames[mouth.sent % len(self.frames)])

    def looks(self):
        """Now and then."""

    def mouth(self, port, stream):
        return self.mouths.setdefault((port, stream), Mouth(self.socket, ("127.0.0.1", port)))

    def later(self, at, deed):
        heapq.heappush(self.due, (at, id(deed), deed))

    def _listen(self):
        while self.open:
            ready, _, _ = select.select([self.socket], [], [], self.IDLE)
            self.looks()
            while self.due and self.due[0][0] <= time.time():
                heapq.heappop(self.due)[2]()
            if not ready:
                continue
            try:
                packet, source = self.socket.recvfrom(2048)
            except OSError:
                continue
            if len(packet) <= 12 or packet[0] != 0x80 or packet[1] & 0x7F != media.PCMA:
                continue
            self.heard[source[1]].append((time.time(), packet[12:]))
            (stream,) = struct.unpack("!I", packet[8:12])
            self.hears(source[1], stream, packet[12:])


class Fingers(Ear):
    """Citizens who press keys for what they hear. Prompts are tones; `answers` says by number what is pressed for a tone that is heard for the n-th
    time in a call: keys, or nothing."""

    IDLE = 0.01
    # Packets of one tone until it is known.
    STEADY = 6

    def __init__(self):
        super().__init__()
        self.tones, self.answers, self.listening, self.chance = [], lambda number, tone, times: "", {}, random.Random(7)

    def road(self, call):
        """The prompts of a call in their order, each with the time at which it was known and the keys that were pressed for it."""
        for (port, _), one in list(self.listening.items()):
            if port == call.port and one.since and call.at <= one.since <= (call.end or float("inf")):
                return one.road
        return []

    def hears(self, port, stream, codes):
        super().hears(port, stream, codes)
        one = self.listening.get((port, stream))
        if one is None:
            one = self.listening[port, stream] = Listening(time.time())
        tone = one.hear(codes, self.tones, self.STEADY)
        if tone is None:
            return
        times = sum(heard == tone for _, heard, _ in one.road)
        keys = self.answers(self._number(port), tone, times)
        one.road.append((time.time(), tone, keys))
        # Some at once, some when they have heard more.
        at = time.time() + self.chance.uniform(0.1, 1.5)
        for n, key in enumerate(keys):
            self._press(self.mouth(port, stream), key, at + 0.4 * n)

    def _number(self, port):
        return next((call.number for call in reversed(self.calls()) if call.port == port), "")

    def _press(self, mouth, key, at):
        length = PRESSED + ENDED

        def step(n):
            mouth.pressing = time.time() + 0.03
            mouth.key(key, n)

        for n in range(length):
            self.later(at + 0.02 * n, lambda n=n: step(n))


class Listening:
    """To one stream of ours."""

    def __init__(self, since):
        self.since, self.road, self.pieces, self.last = since, [], [], None

    def hear(self, codes, candidates, steady):
        """A tone that begins, once it is known."""
        crossings = _crossings(codes) if is_loud(codes) else 0
        maybe = next((tone for tone in candidates if abs(crossings - tone * 2 * media.FRAME / 8000) <= 1), None)
        if maybe is None:
            self.pieces, self.last = [], None
            return None
        if self.pieces and self.pieces[-1][0] != maybe:
            self.pieces = []
        self.pieces.append((maybe, codes))
        if len(self.pieces) != steady or maybe == self.last:
            return None
        self.last = maybe
        return maybe if tone_of(b"".join(codes for _, codes in self.pieces), [maybe]) else None


class Greets(Ear):
    """Citizens who say something when they answer: `words` gives by number the seconds of voice and of silence, by turns. Then they speak as long as
    they hear something."""

    IDLE = 0.01

    def __init__(self):
        super().__init__()
        self.words, self.greeted, self.own, self.looked = lambda number: [], set(), {}, 0.0

    def looks(self):
        if time.time() < self.looked + 0.02:
            return
        self.looked = time.time()
        for call in self.calls():
            if call.answered and (call.port, call.at) not in self.greeted:
                self.greeted.add((call.port, call.at))
                self._greet(call)

    def _greet(self, call):
        mouth = self.own[call.port] = Mouth(self.socket, ("127.0.0.1", call.port))
        silence, at, voice = bytes([media.SILENCE]) * media.FRAME, call.answered, True
        for seconds in self.words(call.number):
            for n in range(int(seconds * 50)):
                frame = self.frames[n % len(self.frames)] if voice else silence
                self.later(at + 0.02 * n, lambda frame=frame: mouth.voice(frame))
            at, voice = at + seconds, not voice
        mouth.until = at

    def hears(self, port, stream, codes):
        mouth = self.own.get(port)
        if mouth and time.time() > mouth.until:
            mouth.voice(self.frames[mouth.sent % len(self.frames)])


def is_loud(codes):
    return max(abs(DECODED[code]) for code in codes[::8]) > 500


def tone_of(codes, candidates):
    piece = array.array("h", (DECODED[code] for code in codes))
    if max(map(abs, piece)) < 500:
        return None
    return next((tone for tone in candidates if tones.share(piece, tone, 8000) > tones.DOMINANT), None)


_SIGN = bytes(code >> 7 for code in range(256))


def _crossings(codes):
    """How often the sound changes its sign."""
    signs = int.from_bytes(codes.translate(_SIGN), "big")
    return ((signs ^ (signs >> 8)) & ((1 << 8 * (len(codes) - 1)) - 1)).bit_count()

"""A citizen whose call a trunk brings: sipp signals and speaks, and an ear of ours writes down what the citizen hears."""

import array
import re
import select
import socket
import struct
import subprocess
import threading
import time
import wave

import media
from odziv import HERE, free_port, wait_for

SCENARIO = HERE / "scenarios" / "trunk.xml"
SPEAKS = 150  # seconds
EAR = 100  # how far the ear's port lies behind that of sipp's own media


class Citizen:
    """Calls at once; `hang_up` ends the call, unless the server has."""

    # Ports of their own for every call, far from those of the server.
    media_port = 42000

    def __init__(self, server, number, called, tone):
        self.folder = server.folder / f"citizen{number}"
        self.folder.mkdir()
        self.number, self.tone, self.sip = number, tone, free_port(socket.SOCK_DGRAM)
        Citizen.media_port += 2 * EAR
        track = media.Track().audio(media.tone(1, tone) * SPEAKS)
        track.write_pcap(self.folder / "voice.pcap")
        scenario = SCENARIO.read_text()
        for word, value in {"CALLED": called, "NUMBER": number, "TRACK": self.folder / "voice.pcap", "EAR": EAR}.items():
            scenario = scenario.replace(f"@{word}@", str(value))
        (self.folder / "call.xml").write_text(scenario)
        self.ear = Ear(self.folder / "heard.wav", Citizen.media_port + EAR)
        command = ["sipp", f"127.0.0.1:{server.sip}", "-sf", self.folder / "call.xml", "-m", 1, "-l", 1]
        command += ["-i", "127.0.0.1", "-p", self.sip, "-mi", "127.0.0.1", "-mp", Citizen.media_port]
        command += ["-nostdin", "-timeout", f"{SPEAKS}s", "-timeout_error", "-cid_str", f"{number}@%s"]
        command += ["-trace_msg", "-message_file", self.folder / "messages", "-trace_err", "-error_file", self.folder / "errors"]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.folder,
        )

    def is_answered(self, seconds=10):
        return wait_for(lambda: "SIP/2.0 200" in self.messages(), seconds)

    def messages(self):
        path = self.folder / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def hang_up(self):
        """sipp knows a call by its Call-ID alone: this INFO is our hand on its receiver."""
        tag = re.search(r"(?m)^To:.*;tag=(\S+)", self.messages())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hand:
            hand.sendto(
                f"INFO sip:{self.number}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKhand\r\n"
                f"From: <sip:hand@127.0.0.1>;tag=hand\r\nTo: <sip:{self.number}@127.0.0.1>;tag={tag and tag.group(1)}\r\n"
                f"Call-ID: {self.number}@127.0.0.1\r\nCSeq: 9 INFO\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
                ("127.0.0.1", self.sip),
            )
        return self.went_well()

    def went_well(self, seconds=10):
        """Whether the call went through its scenario to its end."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        self.ear.close()
        return code == 0

    def why(self):
        errors = self.folder / "errors"
        return " ".join(re.findall(r"(?m)^(?:SIP/2.0 .*|[A-Z]+ sip:\S+)", self.messages())) + (
            errors.read_text(errors="replace")[:600] if errors.exists() else ""
        )

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.ear.close()


class Ear:
    """Writes what arrives into a WAV file, each packet where its timestamp says."""

    def __init__(self, path, port):
        self.path, self.packets, self.open = path, [], True
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def now(self):
        """Seconds of sound so far: a place in the file."""
        return self._samples()[1] / 8000

    def save(self):
        """The file as far as it goes."""
        samples, end = self._samples()
        sound = array.array("h", bytes(2 * end))
        for at, codes in samples:
            for n, code in enumerate(codes):
                sound[at + n] = DECODED[code]
        with wave.open(str(self.path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(sound.tobytes())
        return self.path

    def sources(self):
        return {ssrc for _, _, ssrc, _ in self.packets}

    def lost(self):
        """Packets that are missing in the numbers of the stream."""
        numbers = [number for number, *_ in self.packets]
        return ((numbers[-1] - numbers[0]) & 0xFFFF) + 1 - len(set(numbers)) if numbers else 0

    def close(self):
        if self.open:
            self.open = False
            self.thread.join(2)
            self.socket.close()
            self.save()

    def _samples(self):
        packets = list(self.packets)
        if not packets:
            return [], 0
        first = packets[0][1]
        placed = [((time - first) & 0xFFFFFFFF, codes) for _, time, _, codes in packets]
        placed = [(at, codes) for at, codes in placed if at < 8000 * 2 * SPEAKS]
        return placed, max((at + len(codes) for at, codes in placed), default=0)

    def _listen(self):
        while self.open:
            ready, _, _ = select.select([self.socket], [], [], 0.1)
            if not ready:
                continue
            packet = self.socket.recv(2048)
            if len(packet) > 12 and packet[0] == 0x80 and packet[1] & 0x7F == media.PCMA:
                number, time, ssrc = struct.unpack("!HII", packet[2:12])
                self.packets.append((number, time, ssrc, packet[12:]))


def _decoded(code):
    """ITU-T G.711: the middle of the step that a code stands for."""
    code ^= 0x55
    segment, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8
    if segment:
        magnitude = (magnitude + 0x100) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


DECODED = [_decoded(code) for code in range(256)]

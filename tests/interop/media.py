"""What callers send and what stands in recordings: RTP in pcap files for sipp, WAV files from the API."""

import array
import io
import math
import struct
import wave

PCMA, EVENT = 8, 101
SILENCE = 0xD5
FRAME = 160


def alaw(sample):
    """One code of ITU-T G.711, from its definition: sign, segment, four bits of mantissa, even bits inverted."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else -sample - 1, 32767) >> 3
    if magnitude < 32:
        code = magnitude >> 1
    else:
        segment = magnitude.bit_length() - 5
        code = segment << 4 | (magnitude >> segment) & 0x0F
    return (code | sign) ^ 0x55


def tone(seconds, hertz=1000, amplitude=9000):
    samples = (int(amplitude * math.sin(2 * math.pi * hertz * n / 8000)) for n in range(int(seconds * 8000)))
    return bytes(alaw(sample) for sample in samples)


class Track:
    """RTP packets of one caller with their times, 20 ms apart."""

    def __init__(self, ssrc=0x1234):
        self.packets, self.time, self.sequence, self.ssrc = [], 0.0, 1, ssrc

    def silence(self, seconds):
        return self.audio(bytes([SILENCE]) * int(seconds * 8000))

    def silence_until(self, time):
        return self.silence(max(0.0, time - self.time))

    def audio(self, codes):
        for start in range(0, len(codes), FRAME):
            self._add(PCMA, False, int(self.time * 8000 + 0.5), codes[start : start + FRAME].ljust(FRAME, bytes([SILENCE])))
        return self

    def press(self, key, frames=5):
        """RFC 4733: updates with one timestamp, the end three times."""
        code, start = "0123456789*#".index(key), int(self.time * 8000 + 0.5)
        for n in range(1, frames + 3):
            end, duration = n >= frames, min(n, frames) * FRAME
            self._add(EVENT, n == 1, start, struct.pack("!BBH", code, 0x80 * end | 10, duration))
        return self

    def _add(self, kind, marker, timestamp, payload):
        header = struct.pack("!BBHII", 0x80, kind | 0x80 * marker, self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc)
        self.packets.append((self.time, header + payload))
        self.sequence += 1
        self.time += 0.02

    def write_pcap(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time, rtp in self.packets:
                udp = struct.pack("!HHHH", 6000, 6002, 8 + len(rtp), 0) + rtp
                ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
                frame = bytes(12) + b"\x08\x00" + ip + udp
                file.write(struct.pack("<IIII", 1000 + int(time), int(time % 1 * 1e6 + 0.5), len(frame), len(frame)) + frame)


def wav(content):
    """Length and loud part of a WAV file, in seconds. Raises when it is not whole."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2), file.getparams()
        frames = file.getnframes()
        data = file.readframes(frames)
    assert len(data) == 2 * frames, f"the header says {frames} samples, {len(data) // 2} are there"
    samples = array.array("h", data)
    loud = sum(1 for n in range(0, frames - FRAME, FRAME) if sum(map(abs, samples[n : n + FRAME])) > 500 * FRAME)
    return frames / 8000, loud * 0.02


def wav_seconds(path):
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()

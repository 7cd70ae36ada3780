"""Which tone stands where: in files that phones wrote and in recordings of two channels."""

import array
import math
import pathlib
import statistics
import struct
import wave

PIECE = 0.1  # seconds that are looked at together
DOMINANT = 0.7  # share of the power that makes a tone *the* tone of a piece
QUIET = 60  # amplitude


def write(path, hertz, seconds, rate=8000, amplitude=9000):
    """A voice of one tone, of whole hertz: each second is like the one before."""
    step = 2 * math.pi * hertz / rate
    second = array.array("h", (int(amplitude * math.sin(step * n)) for n in range(rate)))
    samples = (second * math.ceil(seconds))[: int(seconds * rate)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def share(samples, hertz, rate):
    """Power of a tone as a share of all power (Goertzel)."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / rate)
    before = last = energy = 0.0
    for sample in samples:
        energy += sample * sample
        before, last = last, sample + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return 2 * power / (energy * len(samples)) if energy else 0.0


def read(path):
    """Channels and rate of a WAV file, also of one whose header was not finished by a program that was stopped."""
    data = pathlib.Path(path).read_bytes()
    at = data.find(b"data")
    if data[:4] != b"RIFF" or at < 0:
        return [], 8000
    form = data.find(b"fmt ")
    count, rate = struct.unpack_from("<HI", data, form + 10)
    frames = data[at + 8 :]
    samples = array.array("h", frames[: len(frames) // (2 * count) * 2 * count])
    return [samples[channel::count] for channel in range(count)], rate


def length(path):
    """Seconds of a file, whatever its header says."""
    channels, rate = read(path)
    return len(channels[0]) / rate if channels else 0.0


def heard(path, candidates, channel=0):
    """What stands in a channel: (start, end, tone) of every stretch of one of the tones; all in seconds."""
    channels, rate = read(path)
    if channel >= len(channels):
        return []
    samples, length, found = channels[channel], int(PIECE * rate), []
    for start in range(0, len(samples) - length + 1, length):
        piece = samples[start : start + length]
        if max(map(abs, piece)) < QUIET:
            continue
        tone = next((hertz for hertz in candidates if share(piece, hertz, rate) > DOMINANT), None)
        if tone is None:
            continue
        begin, end = start / rate, (start + length) / rate
        if found and found[-1][2] == tone and begin - found[-1][1] < PIECE / 2:
            found[-1] = (found[-1][0], end, tone)
        else:
            found.append((begin, end, tone))
    return found


def seconds_of(path, tone, candidates, channel=0):
    """How long a tone is heard in all."""
    return sum(end - begin for begin, end, which in heard(path, candidates, channel) if which == tone)


class Measured:
    """One tone in one channel, as it really is: how long, of which frequency, how loud."""

    def __init__(self, path, tone, candidates, channel=0, since=0.0, until=math.inf):
        channels, rate = read(path)
        samples = channels[channel] if channel < len(channels) else []
        self.tone = tone
        self.stretches = [
            (max(a, since), min(b, until))
            for a, b, which in heard(path, candidates, channel)
            if which == tone and b > since and a < until
        ]
        self.seconds = sum(b - a for a, b in self.stretches)
        pieces = []
        for a, b in self.stretches:
            start, length = round(a * rate), round(PIECE * rate)
            pieces += [(start + n * length, length) for n in range(1, int((b - a) / PIECE) - 1)]
        turns = [_turn(samples, start, length, tone, rate) for start, length in pieces]
        powers = [sum(s * s for s in samples[start : start + length]) / length for start, length in pieces]
        self.hertz = tone + statistics.median(turns) if turns else 0.0
        # 0 dBFS is a sine of full scale.
        self.level = 10 * math.log10(2 * statistics.median(powers) / 32768**2) if powers else -math.inf

    @property
    def start(self):
        return self.stretches[0][0] if self.stretches else math.inf

    @property
    def end(self):
        return self.stretches[-1][1] if self.stretches else -math.inf

    def longest_gap(self):
        """Silence or other sound between the first and the last of it."""
        return max((b[0] - a[1] for a, b in zip(self.stretches, self.stretches[1:])), default=0.0)

    def is_right(self, seconds, level):
        """At least so long, its own frequency, and as loud as it was spoken."""
        return self.seconds >= seconds and abs(self.hertz - self.tone) < 2 and abs(self.level - level) < 1.5

    def __str__(self):
        where = ", ".join(f"{a:.1f}-{b:.1f}" for a, b in self.stretches) or "nowhere"
        return f"{self.hertz:.1f} Hz at {self.level:.1f} dBFS for {self.seconds:.1f} s: {where}"


def _turn(samples, start, length, hertz, rate):
    """How far the tone is from `hertz`, by how its phase moves from one half of a piece to the other."""
    half = length // 2
    phases = []
    for at in (start, start + half):
        real = imaginary = 0.0
        for n in range(at, at + half):
            angle = 2 * math.pi * hertz * n / rate
            real += samples[n] * math.cos(angle)
            imaginary -= samples[n] * math.sin(angle)
        phases.append(math.atan2(imaginary, real))
    turned = (phases[1] - phases[0] + math.pi) % (2 * math.pi) - math.pi
    return turned / (2 * math.pi) * rate / half

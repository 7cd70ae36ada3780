"""Which tone stands where: in files that phones wrote and in recordings of two channels."""

import array
import math
import pathlib
import struct
import wave

PIECE = 0.1  # seconds that are looked at together
DOMINANT = 0.7  # share of the power that makes a tone *the* tone of a piece
QUIET = 60  # amplitude


def write(path, hertz, seconds, rate=8000, amplitude=9000):
    """A voice of one tone."""
    step = 2 * math.pi * hertz / rate
    samples = array.array("h", (int(amplitude * math.sin(step * n)) for n in range(int(seconds * rate))))
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

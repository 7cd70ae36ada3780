"""Music on hold, composed for this program: a slow arpeggio over four chords. It is written into a circle, so that the end rings
on into the beginning and the loop has no seam; and it keeps to the band and the loudness of a telephone."""

import math
import random
import struct
import wave
from pathlib import Path

RATE = 8000
BEAT_S = 0.75
# Chords by their notes (MIDI), eight beats each: C, A minor, F, G with a suspended fourth at the turn.
CHORDS = [
    [60, 64, 67, 71, 72, 76],
    [57, 64, 67, 69, 72, 76],
    [57, 60, 65, 69, 72, 77],
    [59, 62, 67, 71, 74, 79],
    [60, 64, 67, 71, 72, 76],
    [57, 62, 65, 69, 74, 77],
    [57, 60, 65, 69, 72, 77],
    [60, 62, 67, 69, 74, 79],
]
PATTERN = [0, 2, 3, 4, 5, 4, 3, 2]
LOUDNESS = 0.16


def write(target: Path) -> None:
    beats = len(CHORDS) * len(PATTERN)
    circle = [0.0] * int(beats * BEAT_S * RATE)
    steady = random.Random(8)
    for bar, chord in enumerate(CHORDS):
        for step, index in enumerate(PATTERN):
            at = int((bar * len(PATTERN) + step) * BEAT_S * RATE)
            pluck(circle, at, chord[index], 0.8 + 0.2 * steady.random(), 3.5)
        for note in chord[:3]:
            pad(circle, int(bar * len(PATTERN) * BEAT_S * RATE), note, len(PATTERN) * BEAT_S)
    peak = max(abs(sample) for sample in circle)
    samples = [int(sample / peak * LOUDNESS * 32767) for sample in circle]
    with wave.open(str(target), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def pluck(circle: list[float], at: int, note: int, loud: float, length_s: float) -> None:
    step = 2 * math.pi * 440 * 2 ** ((note - 69) / 12) / RATE
    for n in range(int(length_s * RATE)):
        rise = min(1.0, n / 160)
        fall = math.exp(-1.6 * n / RATE) * min(1.0, (length_s * RATE - n) / 800)
        tone = math.sin(step * n) + 0.35 * math.sin(2 * step * n) * math.exp(-3 * n / RATE)
        circle[(at + n) % len(circle)] += loud * rise * fall * tone


def pad(circle: list[float], at: int, note: int, length_s: float) -> None:
    step = 2 * math.pi * 440 * 2 ** ((note - 69) / 12) / RATE
    total = int((length_s + 1.5) * RATE)
    for n in range(total):
        swell = math.sin(math.pi * n / total) ** 1.5
        circle[(at + n) % len(circle)] += 0.18 * swell * math.sin(step * n)

#!/usr/bin/env python3
"""Speaks the texts of */manifest.toml into */<key>.wav: 8 kHz, 16-bit, mono. Needs espeak-ng and sox (Debian packages of these names).
A text in <speak> is SSML, for words of another language. `made = "silence"` and `made = "music"` are not spoken but made here.

usage: sounds/make.py [--missing] [language ...]        --missing leaves files alone that are there
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import hold

HERE = Path(__file__).resolve().parent
WORDS_PER_MINUTE = "145"
PAUSE_S = "0.25"

# The gain goes down before anything is filtered, because a filter's ringing clips a voice at full scale. Then the band of the
# telephone, silence cut off both ends, everybody equally loud with room above for G.711; a short breath at the end comes after.
TRIM = ["silence", "1", "0.01", "0.3%"]
EFFECTS = [
    "gain", "-9", "highpass", "200", "sinc", "-3400", "rate", "-v", "8000",
    *TRIM, "fade", "t", "0.01", "reverse", *TRIM, "fade", "t", "0.01", "reverse",
    "compand", "0.005,0.2", "6:-70,-60,-20", "-12", "-90", "0.1",
    "gain", "-n", "-3",
]
SENTENCE = ["pad", "0.05", "0.2"]
# A text without a full stop is a piece, joined with others into one sentence.
PIECE = ["pad", "0.01", "0.05"]


def main() -> None:
    missing = "--missing" in sys.argv
    wanted = [word for word in sys.argv[1:] if word != "--missing"] or sorted(p.parent.name for p in HERE.glob("*/manifest.toml"))
    for language in wanted:
        folder = HERE / language
        manifest = tomllib.loads((folder / "manifest.toml").read_text())
        for key, prompt in manifest["prompt"].items():
            target = folder / f"{key}.wav"
            if prompt.get("own", False) or (missing and target.exists()):
                continue
            match prompt.get("made"):
                case "music":
                    hold.write(target)
                case "silence":
                    subprocess.run(["sox", "-n", "-r", "8000", "-b", "16", "-c", "1", str(target), "trim", "0", PAUSE_S], check=True)
                case _:
                    speak(manifest["voice"], prompt["text"], target)


def speak(voice: str, text: str, target: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        markup = ["-m"] if text.startswith("<speak>") else []
        subprocess.run(["espeak-ng", *markup, "-v", voice, "-s", WORDS_PER_MINUTE, "-w", spoken.name, text], check=True)
        breath = SENTENCE if text.endswith((".", ">")) else PIECE
        subprocess.run(["sox", "-D", spoken.name, "-b", "16", "-c", "1", str(target), *EFFECTS, *breath], check=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Speaks the texts of */manifest.toml into */<key>.wav: 8 kHz, 16-bit, mono. Needs espeak-ng and sox (Debian packages of these names).

usage: sounds/make.py [language ...]
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORDS_PER_MINUTE = "145"

# The gain goes down before anything is filtered, because a filter's ringing clips a voice at full scale. Then the band of the
# telephone, silence cut off both ends, everybody equally loud with room above for G.711, and a short breath at the end.
TRIM = ["silence", "1", "0.01", "0.3%"]
EFFECTS = [
    "gain", "-9", "highpass", "200", "sinc", "-3400", "rate", "-v", "8000",
    *TRIM, "fade", "t", "0.01", "reverse", *TRIM, "fade", "t", "0.01", "reverse",
    "compand", "0.005,0.2", "6:-70,-60,-20", "-12", "-90", "0.1",
    "gain", "-n", "-3", "pad", "0.05", "0.2",
]


def main() -> None:
    wanted = sys.argv[1:] or sorted(p.parent.name for p in HERE.glob("*/manifest.toml"))
    for language in wanted:
        folder = HERE / language
        manifest = tomllib.loads((folder / "manifest.toml").read_text())
        for key, prompt in manifest["prompt"].items():
            if not prompt.get("own", False):
                speak(manifest["voice"], prompt["text"], folder / f"{key}.wav")


def speak(voice: str, text: str, target: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        subprocess.run(["espeak-ng", "-v", voice, "-s", WORDS_PER_MINUTE, "-w", spoken.name, text], check=True)
        subprocess.run(["sox", "-D", spoken.name, "-b", "16", "-c", "1", str(target), *EFFECTS], check=True)


if __name__ == "__main__":
    main()

"""Pictures of the program for README, of the demo town: `tests/interop/run pictures` writes them into docs/."""

from chromium import ADMINISTRATOR, demo_town, drive
from odziv import ROOT, Report

report = Report()


def main():
    with demo_town(report, "pictures") as address:
        if address:
            drive(report, "every picture was taken", "pictures.mjs", address, ADMINISTRATOR[1], ROOT / "docs")


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        report.check("the pictures are taken", False, repr(problem)[:2000])
    report.finish()

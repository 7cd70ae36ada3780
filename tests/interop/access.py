"""Every page that a link leads to, in every language, wide, narrow and dark, looked at by axe-core (WCAG 2.1 AA)."""

from chromium import ADMINISTRATOR, demo_town, drive, shots
from odziv import Report

report = Report()


def main():
    with demo_town(report, "access") as address:
        if address:
            drive(report, "the look at the pages ran to its end", "access.mjs", address, *ADMINISTRATOR, shots(), seconds=1400)


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        report.check("the look at the pages runs to its end", False, repr(problem)[:2000])
    report.finish()

"""What the program computes of surveys, against scipy, statsmodels and R's survey: other people's packages on random answers."""

import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

DEBIAN = "/usr/bin/python3"
try:
    import numpy
    import scipy.stats
    from statsmodels.stats.contingency_tables import Table
    from statsmodels.stats.proportion import proportion_confint
except ImportError:
    # They are packages of Debian, for its own interpreter.
    if sys.executable == DEBIAN:
        raise
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

from odziv import BINARY, HERE, Report

report = Report()
check = report.check
SEEDS = range(int(os.environ.get("ODZIV_INTEROP_SURVEYS", "20")))
NAMES = ["row", "column", "weight", "number"]


class Worst:
    """The largest difference of each kind, relative to what the other package says where that is above one."""

    def __init__(self):
        self.of = {}

    def see(self, kind, ours, theirs):
        ours, theirs = numpy.ravel(numpy.asarray(ours, float)), numpy.ravel(numpy.asarray(theirs, float))
        same = ours.shape == theirs.shape and ours.size > 0
        off = float(numpy.max(numpy.abs(ours - theirs) / numpy.maximum(1, numpy.abs(theirs)))) if same else float("inf")
        # A number that is none is as far off as can be.
        off = off if off == off else float("inf")
        self.of[kind] = max(self.of.get(kind, 0), off)

    def tell(self, kind, what, within):
        off = self.of.get(kind, float("inf"))
        check(f"{what}, within {within:g}", off <= within, f"off by {off:.1e}")


def odziv(*arguments):
    done = subprocess.run([BINARY, "statistics", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"odziv statistics {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def as_json(*arguments):
    return json.loads(odziv(*arguments, "--json"))


class Survey:
    """Random answers to two questions that depend on each other, with weights and a number."""

    def __init__(self, seed, folder):
        chance = random.Random(seed)
        self.rows, self.columns = chance.randint(2, 6), chance.randint(2, 5)
        self.answers = []
        for _ in range(chance.randint(150, 900)):
            row = min(int(chance.expovariate(0.6)), self.rows - 1)
            column = row % self.columns if chance.random() < 0.15 else chance.randrange(self.columns)
            weight = round(chance.lognormvariate(0, 0.5), 6)
            self.answers.append((row, column, weight, round(chance.gauss(40 + 3 * row, 12), chance.choice([0, 2]))))
        # Everybody is there, so that no package has to drop what another keeps.
        self.answers += [(row, column, 1.0, 40.0) for row in range(self.rows) for column in range(self.columns)]
        self.file, self.margins = folder / f"answers{seed}.csv", folder / f"margins{seed}.csv"
        write(self.file, NAMES, self.answers)
        totals = [(name, at, round(10_000 * (0.6 + chance.random()))) for name, many in (("row", self.rows), ("column", self.columns)) for at in range(many)]
        sums = {name: sum(total for of, _, total in totals if of == name) for name in ("row", "column")}
        self.totals = [(name, at, total / sums[name]) for name, at, total in totals]
        write(self.margins, ["variable", "category", "total"], self.totals)
        self.raked = folder / f"raked{seed}.csv"

    def table(self):
        counts = numpy.zeros((self.rows, self.columns))
        for row, column, *_ in self.answers:
            counts[row, column] += 1
        return counts

    def of(self, name):
        return numpy.array([answer[NAMES.index(name)] for answer in self.answers], float)

    def by_r(self):
        done = subprocess.run(["Rscript", "--vanilla", HERE / "figures.r", self.file, self.margins], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found = {}
        for line in done.stdout.splitlines():
            what, value = line.split("\t")
            found.setdefault(what, []).append(float(value))
        return found


def write(path, names, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def main():
    worst = Worst()
    with tempfile.TemporaryDirectory(prefix="odziv-figures-") as folder:
        folder = pathlib.Path(folder)
        for seed in SEEDS:
            survey = Survey(seed, folder)
            without_weights(survey, worst)
            by_r = survey.by_r()
            with_weights(survey, by_r, worst)
            raked(survey, by_r, worst)
        large_tables(folder, worst)
        shares(worst)
        tell(worst)
        trimmed(folder)
        rates(folder)
        workbooks_and_mistakes(folder)
    report.finish()


def without_weights(survey, worst):
    ours, table = as_json("crosstab", survey.file, "--row", "row", "--column", "column"), survey.table()
    statistic, p, degrees, expected = scipy.stats.chi2_contingency(table, correction=False)
    test, cells = ours["independence"], ours["cells"]
    worst.see("chi-square", test["chi_square"], statistic)
    worst.see("p", numpy.log(test["p"]), numpy.log(p))
    worst.see("degrees", test["degrees_of_freedom"], degrees)
    worst.see("expected", [[cell["expected"] for cell in row] for row in cells], expected)
    worst.see("counts", [[cell["tally"]["n"] for cell in row] for row in cells], table)
    worst.see("v", test["cramers_v"], scipy.stats.contingency.association(table.astype(int), "cramer"))
    worst.see("residuals", [[cell["residual"] for cell in row] for row in cells], Table(table, shift_zeros=False).standardized_resids)
    numbers = survey.of("number")
    ours = as_json("frequencies", survey.file, "--question", "number", "--numeric")[0]
    found, interval = ours["numeric"], ours["mean_interval"]
    quartiles = numpy.quantile(numbers, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
    worst.see("quartiles", [found["lower_quartile"], found["median"], found["upper_quartile"]], quartiles)
    worst.see("moments", [found["mean"], found["standard_deviation"]], [numbers.mean(), numbers.std(ddof=1)])
    t = scipy.stats.t.interval(0.95, len(numbers) - 1, numbers.mean(), scipy.stats.sem(numbers))
    worst.see("t", [interval["low"], interval["high"]], t)
    frequencies, n = as_json("frequencies", survey.file, "--question", "row", "--level", 99)[0], len(numbers)
    theirs = [proportion_confint(count, n, 0.01, "wilson") for count in survey.table().sum(axis=1)]
    worst.see("wilson", [(of["low"], of["high"]) for of in frequencies["intervals"]], theirs)


def with_weights(survey, by_r, worst):
    n = len(survey.answers)
    test = as_json("crosstab", survey.file, "--row", "row", "--column", "column", "--weight", "weight")["independence"]
    worst.see("weighted chi-square", test["chi_square"], by_r["chi_square"][0])
    # R keeps the n/(n-1) of the variance in the design effect; here equal weights have an effect of 1.
    effect = test["rao_scott"]["design_effect"] * n / (n - 1)
    p = scipy.stats.chi2.logsf(test["chi_square"] / effect, test["degrees_of_freedom"])
    worst.see("rao-scott", p, numpy.log(by_r["p"][0]))
    ours = as_json("frequencies", survey.file, "--question", "number", "--numeric", "--weight", "weight")[0]["numeric"]
    worst.see("weighted moments", [ours["mean"], ours["standard_error"], ours["standard_deviation"]], by_r["mean"] + by_r["se"] + by_r["sd"])
    worst.see("weighted quartiles", [ours["lower_quartile"], ours["median"], ours["upper_quartile"]], by_r["quartile"])


def raked(survey, by_r, worst):
    ours = as_json("rake", survey.file, "--margins", survey.margins, "-o", survey.raked, "--name", "raked")
    with open(survey.raked, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    weights = numpy.array([float(row["raked"]) for row in rows])
    theirs = numpy.array(by_r["weight"])
    worst.see("raked", weights, theirs / theirs.mean())
    worst.see("kish", ours["design_effect"], 1 + (theirs.std() / theirs.mean()) ** 2)
    sums = [weights[survey.of(name) == at].sum() / weights.sum() for name, at, _ in survey.totals]
    worst.see("margins", sums, [share for *_, share in survey.totals])
    worst.see("kept", [[float(row[name]) for name in NAMES] for row in rows], survey.answers)


def large_tables(folder, worst):
    chance = random.Random(7)
    for many in (12, 60, 200):
        answers = [(chance.randrange(many), chance.randrange(many)) for _ in range(many * many * 6)]
        answers += [(at, at) for at in range(many)]
        write(folder / "large.csv", ["row", "column"], answers)
        table = numpy.zeros((many, many))
        for row, column in answers:
            table[row, column] += 1
        statistic, p, degrees, _ = scipy.stats.chi2_contingency(table, correction=False)
        test = as_json("crosstab", folder / "large.csv", "--row", "row", "--column", "column")["independence"]
        worst.see("large", [test["chi_square"], test["degrees_of_freedom"]], [statistic, degrees])
        worst.see("large p", test["p"], p)


def shares(worst):
    chance = random.Random(11)
    for _ in range(40):
        n, level = chance.randint(1, 3000), chance.choice([50, 80, 90, 95, 99, 99.9])
        count = chance.choice([0, n, chance.randint(0, n)])
        ours = as_json("margin", "--n", n, "--share", repr(100 * count / n), "--level", level)
        for ours_is, theirs_is in (("wilson", "wilson"), ("normal", "normal")):
            theirs = proportion_confint(count, n, 1 - level / 100, theirs_is)
            worst.see("shares", [ours[ours_is]["low"], ours[ours_is]["high"]], theirs)


def tell(worst):
    tables = f"of {len(SEEDS)} surveys"
    worst.tell("counts", f"counts {tables} are those of another program", 0)
    worst.tell("chi-square", f"chi-square {tables} is scipy's", 1e-10)
    worst.tell("degrees", "and so are the degrees of freedom", 0)
    worst.tell("p", "and the logarithm of p, however small", 1e-8)
    worst.tell("expected", "and expected counts", 1e-10)
    worst.tell("v", "and Cramér's V", 1e-10)
    worst.tell("large", "tables of up to 200 by 200 are tested as scipy does", 1e-9)
    worst.tell("large p", "and their p is the same", 1e-9)
    worst.tell("residuals", "adjusted residuals are those of statsmodels", 1e-10)
    worst.tell("wilson", "intervals of shares are those of statsmodels", 1e-10)
    worst.tell("shares", "at any level, for nobody and for everybody, Wilson's and the textbook's", 1e-10)
    worst.tell("t", "intervals of means are scipy's", 1e-9)
    worst.tell("moments", "means and deviations are numpy's", 1e-10)
    worst.tell("quartiles", "and quartiles", 1e-12)
    worst.tell("weighted chi-square", f"with weights, chi-square {tables} is that of R's survey", 1e-9)
    worst.tell("rao-scott", "and the logarithm of the p of Rao and Scott", 1e-7)
    worst.tell("weighted moments", "and mean, standard error and deviation", 1e-9)
    worst.tell("weighted quartiles", "and quartiles", 1e-9)
    worst.tell("raked", f"raked weights {tables} are those of R's survey", 1e-6)
    worst.tell("margins", "their margins hold", 1e-8)
    worst.tell("kish", "they cost what Kish says", 1e-6)
    worst.tell("kept", "and the answers are written as they were", 0)


def trimmed(folder):
    survey = Survey(3, folder)
    free = as_json("rake", survey.file, "--margins", survey.margins, "-o", survey.raked, "--name", "raked")
    bound = 1 + 0.8 * (free["greatest"] - 1)
    ours = as_json("rake", survey.file, "--margins", survey.margins, "-o", survey.raked, "--name", "raked", "--trim", bound)
    check("no weight is above its bound, and the margins hold", ours["greatest"] <= bound * (1 + 1e-8) and ours["off_by"] <= 1e-9, str(ours))
    check("and the bound cuts something", free["greatest"] > bound and ours["trimmed"] > 0, f"{free['greatest']:.3f} to {bound:.3f}")


def rates(folder):
    """Groups as AAPOR has them, worked out here once more."""
    counted = {"1.1": 412, "1.2": 18, "2.10": 9, "2.111": 120, "2.12": 31, "2.21": 75, "2.222": 40, "2.32": 12, "2.331": 7,
               "3.12": 33, "3.13": 301, "3.14": 95, "3.21": 44, "3.90": 6, "4.20": 20, "4.31": 188, "4.51": 64, "4.70": 15}
    write(folder / "dispositions.csv", ["disposition", "many"], counted.items())
    ours = as_json("rates", folder / "dispositions.csv", "--count", "many")
    i, p, r, nc, o, unknown, ne = 412, 18, 160, 115, 19, 479, 287
    e = 724 / (724 + ne)
    theirs = {"RR1": i / 1203, "RR4": (i + p) / (724 + e * unknown), "RR5": i / 724, "COOP1": i / (i + p + r + o), "COOP4": (i + p) / (i + p + r),
              "REF2": r / (724 + e * unknown), "CON1": (724 - nc) / 1203, "CON3": (724 - nc) / 724}
    off = max(abs(ours["rates"][name] - rate) for name, rate in theirs.items())
    check("outcome rates are those of AAPOR's formulas", off < 1e-12 and abs(ours["e"] - e) < 1e-12, f"off by {off:.1e}")
    given = as_json("rates", folder / "dispositions.csv", "--count", "many", "--e", 0.4)["rates"]["RR3"]
    check("also with a share that is given", abs(given - i / (724 + 0.4 * unknown)) < 1e-12, str(given))


def workbooks_and_mistakes(folder):
    survey = Survey(1, folder)
    text = odziv("crosstab", survey.file, "--row", "row", "--column", "column", "--weight", "weight")
    check("a table is printed for people", "degrees of freedom" in text and "Rao-Scott" in text, text.splitlines()[-3])

    def refused(what, rows, words, *arguments):
        write(folder / "bad.csv", NAMES, rows)
        done = subprocess.run([BINARY, "statistics", *arguments], capture_output=True, text=True)
        check(f"{what} is refused with words", done.returncode == 1 and words in done.stderr, done.stderr.strip()[:160])

    table = ["crosstab", folder / "bad.csv", "--row", "row", "--column", "column", "--weight", "weight"]
    refused("a weight that is no number", [(0, 0, "nan", 1), (1, 1, 1, 1)], "no number", *table)
    refused("a weight below zero", [(0, 0, -1, 1), (1, 1, 1, 1)], "weight of respondent 1", *table)
    refused("a table of 300 rows", [(at, at % 3, 1, 1) for at in range(300)], "at most 200", *table)
    rake = ["rake", folder / "bad.csv", "--margins", survey.margins, "-o", folder / "out.csv", "--name", "raked"]
    refused("a margin that nobody answered", [(0, 0, 1, 1), (0, 1, 1, 1)], "nobody answered", *rake)
    check("and then no file is left", not (folder / "out.csv").exists())


main()

"""The loss curve of the diffusion model's training: what loss.tsv knows, and the log of a run that went on from there.

    python3 curve.py --picture ../../docs/model-loss.png
    python3 curve.py --picture ../../docs/model-loss.png --run run/ldm --since 5.7    # adds RUN's log to loss.tsv

loss.tsv has the hours of training (of one process, and of its processor time) and the mean squared errors of v. Its
first 5.7 hours were read off an earlier picture, to 0.002, as the log itself is lost.
"""
import argparse
import csv
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

TABLE = pathlib.Path(__file__).parent / "loss.tsv"
COLUMNS = ["hours", "training", "held_out", "held_out_gap"]


def rows_of(log, since):
    """A run's log as rows of the table."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    hours = {line["step"]: since + line["minutes"] / 60 for line in lines if "minutes" in line}
    for line in lines:
        known = {column: f"{line[name]:.4f}" for column, name in zip(COLUMNS[1:], ("v", *COLUMNS[2:])) if name in line}
        if known:
            nearest = min(hours, key=lambda step: abs(step - line["step"]))
            yield dict.fromkeys(COLUMNS, "") | {"hours": f"{hours[nearest]:.3f}"} | known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=pathlib.Path, required=True)
    parser.add_argument("--run", type=pathlib.Path)
    parser.add_argument("--since", type=float, default=0.0, help="the hours at which that run began")
    options = parser.parse_args()
    with open(TABLE, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if options.run:
        rows = [row for row in rows if float(row["hours"]) <= options.since] \
            + list(rows_of(options.run / "log.jsonl", options.since))
        with open(TABLE, "w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    figure, axis = pyplot.subplots(figsize=(8, 3.2))
    for name, style, label in (("training", {"color": "lightgrey"}, "training"),
                               ("held_out", {"marker": "o", "markersize": 3}, "held out, everything unknown"),
                               ("held_out_gap", {"marker": "s", "markersize": 3}, "held out, a gap of 1.28 s")):
        known = [(float(row["hours"]), float(row[name])) for row in rows if row[name]]
        axis.plot(*zip(*known), label=label, **style)
    axis.set_xlabel("hours of training (from 2.0 on with two processes, a core each)")
    axis.set_ylabel("mean squared error of v")
    axis.set_ylim(0.2, 0.7)
    axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()

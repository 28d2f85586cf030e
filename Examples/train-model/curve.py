"""The loss curve of the diffusion model's training as a picture: RUN/ldm/log.jsonl -> PICTURE.

    python3 curve.py --run run --picture ../../docs/model-loss.png
"""
import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--picture", type=pathlib.Path, required=True)
    options = parser.parse_args()
    lines = [json.loads(line) for line in (options.run / "ldm/log.jsonl").read_text().splitlines()]
    trained = [(line["minutes"] / 60, line["v"]) for line in lines if "v" in line]
    minutes = {line["step"]: line["minutes"] / 60 for line in lines if "minutes" in line}

    def hours(step):
        return minutes[min(minutes, key=lambda known: abs(known - step))]

    held_out = [(hours(line["step"]), line["held_out"], line["held_out_gap"]) for line in lines if "held_out" in line]
    figure, axis = pyplot.subplots(figsize=(8, 3.2))
    axis.plot(*zip(*trained), color="lightgrey", label="training")
    axis.plot([h for h, *_ in held_out], [free for _, free, _ in held_out], "o-", markersize=3, label="held out, everything unknown")
    axis.plot([h for h, *_ in held_out], [gap for *_, gap in held_out], "s-", markersize=3, label="held out, a gap of 1.28 s")
    axis.set_xlabel("hours of training (from 2.0 on with two processes, a core each)")
    axis.set_ylabel("mean squared error of v")
    axis.set_ylim(0.2, 0.7)
    axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()

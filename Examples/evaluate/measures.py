"""The measures by which fills are judged, each with the original beside what was made. All take mono at the clip's rate."""
import math

import numpy as np
import scipy.signal as signal

RATE = 16000


def at_16k(sound, rate):
    common = math.gcd(rate, RATE)
    return signal.resample_poly(sound, RATE // common, rate // common)


def signal_to_error(original, made, gap):
    """dB: the energy of the original's samples in the gap over that of the difference."""
    true, error = original[gap], original[gap] - made[gap]
    return 10 * np.log10((np.sum(true**2) + 1e-20) / (np.sum(error**2) + 1e-20))


def _mel_bank(bands=24, size=512):
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = 700 * (10 ** (np.linspace(0, mel(RATE / 2), bands + 2) / 2595) - 1)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


MEL = _mel_bank()


def band_levels(sound):
    """dB in 24 mel bands up to 8 kHz, windows of 32 ms every 10 ms; frame t is centred at t * 10 ms."""
    padded = np.pad(sound, 256)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[:: RATE // 100]
    powers = np.abs(np.fft.rfft(frames * np.hanning(514)[1:-1], axis=1)) ** 2 @ MEL.T
    return 10 * np.log10(powers + 1e-20)


def _frames(gap, rate, around):
    return slice(max(0, math.ceil((gap.start / rate - around) * 100)), int((gap.stop / rate + around) * 100) + 1)


def level_error(original, made, gap, rate, around=0.05, below=40):
    """dB: the mean absolute difference of the band levels in the gap and around it; what is far below the clip's loud bands is alike."""
    true, other = band_levels(at_16k(original, rate)), band_levels(at_16k(made, rate))
    floor = np.percentile(true.max(axis=1), 95) - below
    frames = _frames(gap, rate, around)
    return np.abs(np.maximum(true, floor) - np.maximum(other, floor))[frames].mean()


def texture(original, made, gap, rate):
    """The mean change of the band levels from frame to frame over the original's; 1 is as lively."""
    levels = [band_levels(at_16k(sound, rate)) for sound in (original, made)]
    floor = np.percentile(levels[0].max(axis=1), 95) - 40
    frames = _frames(gap, rate, 0)
    true, other = (np.abs(np.diff(np.maximum(each, floor)[frames], axis=0)).mean() for each in levels)
    return other / max(true, 0.05)


def edge_change(sound, gap, rate):
    """The largest step in dB between adjacent windows of 20 ms within 10 ms of an edge, rms over 24 logarithmic bands from 80 to 7600 Hz,
    over the clip's median at other places."""
    mono = at_16k(sound, rate)
    size, hop = 320, 40
    bins = np.fft.rfftfreq(1024, 1 / RATE)
    edges = np.geomspace(80, 7600, 25)
    bank = np.stack([(bins >= low) & (bins < max(high, low + 16)) for low, high in zip(edges, edges[1:])]).astype(float)
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    powers = np.abs(np.fft.rfft(frames * np.hanning(size), 1024, axis=1)) ** 2 @ bank.T
    floor = powers.max() * 1e-6 + 1e-20
    levels = 10 * np.log10(powers + floor)
    step = size // hop
    changes = np.sqrt(np.mean((levels[step:] - levels[:-step]) ** 2, axis=1))
    # A change belongs to the place where its two windows meet.
    places = (np.arange(len(changes)) * hop + size) / RATE
    near = np.zeros(len(changes), bool)
    for edge in (gap.start / rate, gap.stop / rate):
        near |= np.abs(places - edge) <= 0.01
    inside = (places > gap.start / rate - 0.02) & (places < gap.stop / rate + 0.02)
    return changes[near].max() / max(np.median(changes[~inside]), 0.1)


def click(sound, gap, rate):
    """The largest step from sample to sample within 1 ms of an edge over the rms step of the 50 ms outside; above 6 is a click."""
    steps, near, far = np.diff(sound), rate // 1000, rate // 20
    values = []
    for edge, outside in ((gap.start, slice(gap.start - far, gap.start - near)), (gap.stop, slice(gap.stop + near, gap.stop + far))):
        usual = np.sqrt(np.mean(steps[outside] ** 2)) + 1e-9
        values.append(np.abs(steps[max(0, edge - near) : edge + near]).max() / usual)
    return max(values)

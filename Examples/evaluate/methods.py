"""The simple methods that the four jobs are held against; nothing here is trained."""
import numpy as np
import scipy.signal


def burg(signal, order):
    """Linear prediction coefficients by Burg's method: x[n] = -sum a[k] x[n - k]."""
    forward, backward, a = signal[1:].copy(), signal[:-1].copy(), np.ones(1)
    for _ in range(order):
        energy = forward @ forward + backward @ backward
        k = -2 * (backward @ forward) / energy if energy > 0 else 0.0
        a = np.append(a, 0) + k * np.append(a, 0)[::-1]
        forward, backward = (forward + k * backward)[1:], (backward + k * forward)[:-1]
    return a


def extrapolated(before, count, rate, order=512):
    """What linear prediction over the last second goes on with."""
    before = before[-rate:].astype(np.float64)
    if np.abs(before).max() < 1e-6:
        return np.zeros(count)
    a = burg(before, order)
    state = scipy.signal.lfiltic([1.0], a, before[::-1][:order])
    return scipy.signal.lfilter([1.0], a, np.zeros(count), zi=state)[0]


def fills(sound, start, stop, rate):
    """Name: the sound with another filling of start:stop."""
    length, made = stop - start, {}
    gapped = sound.copy()
    gapped[start:stop] = 0
    made["silence"] = gapped
    made["repetition of what came before"] = gapped.copy()
    made["repetition of what came before"][start:stop] = np.resize(sound[max(0, start - length) : start], length)
    ramp = np.linspace(0, 1, length)
    ahead = extrapolated(sound[:start], length, rate)
    back = extrapolated(sound[stop:][::-1], length, rate)[::-1]
    made["autoregressive extrapolation"] = gapped.copy()
    made["autoregressive extrapolation"][start:stop] = np.clip(ahead * (1 - ramp) + back * ramp, -1, 1)
    return made


def extensions(low, cutoff, rate, real):
    """Name: `low`, sampled at twice the cut-off, at `rate` with another band above the cut-off. `real` is the original,
    whose power in that band replication is given: it would have to guess it."""
    plain = scipy.signal.resample_poly(low, rate, 2 * cutoff)[: len(real)]
    size = 2048
    _, _, spectrum = scipy.signal.stft(plain, rate, nperseg=size)
    edge, out = int(cutoff / rate * size * 0.97), spectrum.copy()
    for start in range(edge, len(out), edge // 2):
        width = min(edge // 2, len(out) - start)
        out[start : start + width] = spectrum[edge - edge // 2 : edge - edge // 2 + width]
    copies = scipy.signal.istft(out, rate, nperseg=size)[1][: len(real)]
    above = [high(sound, cutoff, rate) for sound in (copies, real)]
    gain = np.sqrt((above[1] ** 2).mean() / max((above[0] ** 2).mean(), 1e-20))
    return {"band replication, original's power": plain + gain * above[0], "nothing added": plain}


def high(sound, cutoff, rate):
    """What lies above the cut-off."""
    filter_ = scipy.signal.firwin(1023, cutoff * 1.05, fs=rate, pass_zero=False)
    return scipy.signal.fftconvolve(sound, filter_, mode="same")

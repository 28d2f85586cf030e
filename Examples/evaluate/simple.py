"""The simple methods that a fill has to beat: each gives the samples between two stretches."""
import numpy as np
import scipy.linalg as linalg
import scipy.signal as signal


def burg(samples, order):
    """The prediction polynomial, 1 first."""
    forward, backward = samples.copy(), samples.copy()
    polynomial = np.array([1.0])
    for _ in range(min(order, len(samples) // 3)):
        forward, backward = forward[1:], backward[:-1]
        energy = forward @ forward + backward @ backward
        if energy < 1e-18:
            break
        reflection = -2 * (forward @ backward) / energy
        forward, backward = forward + reflection * backward, backward + reflection * forward
        polynomial = np.append(polynomial, 0)
        polynomial = polynomial + reflection * polynomial[::-1]
    return polynomial


def continuation(past, polynomial, count):
    state = signal.lfiltic([1.0], polynomial, past[::-1][: len(polynomial) - 1])
    return signal.lfilter([1.0], polynomial, np.zeros(count), zi=state)[0]


def burg_fill(before, after, count, order=512, context=4096):
    """Both sides continued by their own predictors and faded over."""
    before, after = before[-context:], after[:context]
    left = continuation(before, burg(before, order), count)
    right = continuation(after[::-1], burg(after[::-1], order), count)[::-1]
    share = np.cos(np.pi / 2 * (np.arange(count) + 0.5) / count) ** 2
    return share * left + (1 - share) * right


def janssen_fill(before, after, count, order=512, context=4096, rounds=3):
    """Gap-wise Janssen from Burg's fill: fit to all, then the samples with the smallest errors, some times."""
    before, after = before[-context:], after[:context]
    made = burg_fill(before, after, count)
    for _ in range(rounds):
        whole = np.concatenate([before, made, after])
        size = 1 << (2 * len(whole) - 1).bit_length()
        correlation = np.fft.irfft(np.abs(np.fft.rfft(whole, size)) ** 2, size)[: order + 1]
        correlation[0] = correlation[0] * (1 + 1e-9) + 1e-12
        polynomial = np.append(1.0, linalg.solve_toeplitz(correlation[:-1], -correlation[1:]))
        known = np.concatenate([before[-order:], np.zeros(count), after[:order]])
        errors = signal.fftconvolve(known, polynomial)[order : 2 * order + count]
        right = -signal.fftconvolve(errors, polynomial[::-1])[order : order + count]
        column = np.zeros(count)
        own = signal.fftconvolve(polynomial, polynomial[::-1])[order:]
        column[: min(count, order + 1)] = own[:count]
        column[0] *= 1 + 1e-10
        made = linalg.solve_toeplitz(column, right)
    return made


def repetition_fill(before, after, count, rate):
    """The passage before the gap that follows what is most like its last 20 ms, faded into what comes after over 5 ms."""
    pattern = before[-rate // 50 :]
    past = before[: max(0, len(before) - count)]
    if len(past) < 2 * len(pattern):
        # Too little came before: what comes after, backwards in time, is searched for what leads to the gap's end.
        if len(after) >= count + 2 * len(pattern) and len(before) < len(after):
            return repetition_fill(after[::-1], before[::-1], count, rate)[::-1]
        return np.zeros(count)
    product = signal.fftconvolve(past, pattern[::-1], "valid")
    energy = np.convolve(past**2, np.ones(len(pattern)), "valid")
    place = int(np.argmax(product / np.sqrt(energy + 1e-9))) + len(pattern)
    return before[place : place + count].copy()


def silence_fill(before, after, count):
    return np.zeros(count)

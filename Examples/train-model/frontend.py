"""The model's front end: 48 kHz sound -> 80-bin natural-log mel spectrogram, 100 frames a second.

The bank continues AudioLDM's own upwards: the same step on Slaney's mel scale (mel(8000 Hz) / 65), the same 64 ms
window and 10 ms hop, magnitudes divided by 3 because the window's sum is three times as large as at 16 kHz. Its first
63 bins are AudioLDM's.
"""
import numpy as np

RATE = 48000
FFT = 3072
HOP = 480
BINS = 80
GAIN = 1 / 3
FLOOR = 1e-5
SILENCE = float(np.log(FLOOR))


def hertz_to_mel(hertz):
    """Slaney's scale: linear below 1 kHz, logarithmic above (Auditory Toolbox)."""
    hertz = np.asarray(hertz, np.float64)
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + np.log(np.maximum(hertz, 1e-9) / 1000) / (np.log(6.4) / 27))


def mel_to_hertz(mel):
    mel = np.asarray(mel, np.float64)
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


EDGES = mel_to_hertz(np.arange(BINS + 2) * hertz_to_mel(8000.0) / 65)  # Hz, triangle corners
HIGHEST = float(EDGES[-1])


def bank():
    """Triangles of unit area in Hz (Slaney's norm): [BINS, FFT / 2 + 1]."""
    frequencies = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (frequencies - EDGES[:-2, None]) / np.diff(EDGES)[:-1, None]
    falling = (EDGES[2:, None] - frequencies) / np.diff(EDGES)[1:, None]
    return (np.maximum(0, np.minimum(rising, falling)) * (2 / (EDGES[2:] - EDGES[:-2]))[:, None]).astype(np.float32)


BANK = bank()
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)


def magnitudes(samples):
    """[N] samples -> [N // HOP, FFT / 2 + 1] magnitudes; frame t is centred on sample t * HOP."""
    samples = np.asarray(samples, np.float32)
    if len(samples) < FFT // 2 + 1:
        samples = np.pad(samples, (0, FFT // 2 + 1 - len(samples)))
    padded = np.pad(samples, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][: len(samples) // HOP]
    return np.concatenate([np.abs(np.fft.rfft(frames[i : i + 500] * WINDOW, axis=1)).astype(np.float32)
                           for i in range(0, len(frames), 500)] or [np.zeros((0, FFT // 2 + 1), np.float32)])


def log_mel(samples):
    """[N] samples -> [N // HOP, BINS] natural-log mel magnitudes, floored at ln(1e-5)."""
    return np.log(np.maximum(magnitudes(samples) * GAIN @ BANK.T, FLOOR))

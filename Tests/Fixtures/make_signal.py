"""Write Tests/Fixtures/signal: log-mel spectrograms and mel filter banks by librosa, a short-time transform by torch.

    pip install librosa torch safetensors
    python3 make_signal.py
"""
import pathlib

import librosa
import numpy as np
import torch
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent / "signal"

# rate, transform size, hop, bands, highest edge, gain: the published AudioLDM models' front end, and the one that
# continues it at 48 kHz.
FRONT_ENDS = {"16k": (16000, 1024, 160, 64, 8000.0, 1.0), "48k": (48000, 3072, 480, 80, None, 1 / 3)}


def edge(bands):
    """The upper edge in Hz of `bands` bands at AudioLDM's step of mel(8000 Hz) / 65."""
    step = librosa.hz_to_mel(8000.0) / 65
    return float(round(librosa.mel_to_hz(step * (bands + 1))))


def signal(rate, seconds):
    """A sweep over most of the band, noise that swells, a click, and silence."""
    generator = np.random.default_rng(rate)
    time = np.arange(int(rate * seconds)) / rate
    sweep = 0.4 * np.sin(2 * np.pi * (50 + 0.45 * rate * time / seconds / 2) * time)
    noise = 0.2 * generator.standard_normal(time.size) * (time / seconds) ** 2
    samples = (sweep + noise) * (time < 0.8 * seconds)
    samples[time.size // 3] += 0.9
    return samples.astype(np.float32)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, (rate, size, hop, bands, highest, gain) in FRONT_ENDS.items():
        highest = highest or edge(bands)
        samples = signal(rate, 0.6 if rate == 16000 else 0.35)
        bank = librosa.filters.mel(sr=rate, n_fft=size, n_mels=bands, fmin=0, fmax=highest)
        magnitudes = np.abs(librosa.stft(samples, n_fft=size, hop_length=hop, pad_mode="reflect"))
        log_mel = np.log(np.maximum(gain * (bank @ magnitudes), 1e-5)).T
        where = np.flatnonzero(bank)
        save_file(
            {
                "samples": samples,
                "log_mel": np.ascontiguousarray(log_mel.astype(np.float32)),
                # The bank is nearly empty: kept as places and values.
                "bank_shape": np.array(bank.shape, np.float32),
                "bank_places": where.astype(np.float32),
                "bank_values": bank.flatten()[where],
                "highest": np.array([highest], np.float32),
            },
            FOLDER / f"log_mel_{name}.safetensors",
        )
    # A window shorter than the transform, sizes that are odd or no power of two, and a signal that the reflection
    # nearly covers.
    samples = torch.from_numpy(signal(8000, 0.05))
    transforms = {"samples": samples.numpy()}
    for size, window, hop in [(256, 256, 64), (250, 200, 50), (135, 101, 27), (798, 798, 133)]:
        result = torch.stft(
            samples, size, hop, window, torch.hann_window(window), center=True, pad_mode="reflect", return_complex=True
        ).T
        transforms[f"real_{size}"] = result.real.contiguous().numpy()
        transforms[f"imaginary_{size}"] = result.imag.contiguous().numpy()
    save_file(transforms, FOLDER / "transforms.safetensors")

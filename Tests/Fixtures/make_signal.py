"""Write Tests/Fixtures/signal: log-mel spectrograms and mel filter banks by librosa, a short-time transform by torch,
and small sound files of many formats by libsndfile and ffmpeg.

    apt-get install ffmpeg
    pip install librosa torch safetensors soundfile
    python3 make_signal.py
"""
import pathlib
import struct
import subprocess
import zlib

import librosa
import numpy as np
import soundfile
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


# Sound files: 600 frames at 8000 Hz of numbers from a linear congruential generator, which the tests run as well.
FRAMES = 600


def numbers(channels):
    """FRAMES x channels integers of 32 bits, at half of full scale."""
    state, result = 1, []
    for _ in range(FRAMES * channels):
        state = (state * 1664525 + 1013904223) % 2**32
        result.append((state - 2**31) // 2)
    return np.array(result, np.int32).reshape(FRAMES, channels)


def write(name, subtype, container, channels=2, endian=None):
    samples = numbers(channels)
    if subtype in ("FLOAT", "DOUBLE"):
        samples = samples / 2**31
    soundfile.write(FOLDER / name, samples, 8000, subtype, endian, container)


def ffmpeg(source, name, *options):
    command = ["ffmpeg", "-loglevel", "error", "-y", "-bitexact", "-i", FOLDER / source, *options, FOLDER / name]
    subprocess.run(command, check=True)


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def write_chunks(name):
    """A WAV file with every chunk that a recorder or an editor may leave, before and after the samples."""
    data = (numbers(1) >> 16).astype("<i2").tobytes()
    bext = struct.pack("<256s32s32s10s8sQH64s10x180s", b"a dog", b"maker", b"ref", b"2024-05-06", b"07:08:09", 4000, 1,
                       b"", b"") + b"A=PCM,F=8000\r\n"
    cue = struct.pack("<I", 2) + b"".join(struct.pack("<II4sIII", i, p, b"data", 0, 0, p) for i, p in [(1, 80), (2, 400)])
    labels = b"adtl" + b"".join(chunk(b"labl", struct.pack("<I", i) + t) for i, t in [(1, b"start\0"), (2, b"bark\0")])
    sampler = struct.pack("<9I6I", 0, 0, 125000, 60, 0, 0, 0, 1, 0, 0, 0, 100, 500, 0, 0)
    chunks = [
        chunk(b"bext", bext),
        chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)),
        chunk(b"iXML", b"<BWFXML><SCENE>7</SCENE></BWFXML>"),
        chunk(b"data", data),
        chunk(b"cue ", cue),
        chunk(b"LIST", labels),
        chunk(b"LIST", b"INFO" + chunk(b"INAM", b"A dog barks\0") + chunk(b"IART", b"Rex\0")),
        chunk(b"smpl", sampler),
        chunk(b"odd ", b"an unknown chunk of odd length."),
    ]
    body = b"WAVE" + b"".join(chunks)
    (FOLDER / name).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def picture():
    """A PNG of one pixel."""
    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")


def write_sounds():
    for subtype in ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW", "IMA_ADPCM"]:
        write(f"{subtype.lower()}.wav", subtype, "WAV")
    write("six.wav", "PCM_24", "WAVEX", channels=6)
    write("big-endian.wav", "PCM_16", "WAV", endian="BIG")
    for name, container in [("s8.aiff", "AIFF"), ("s8.au", "AU"), ("s8.flac", "FLAC")]:
        write(name, "PCM_S8", container)
    for suffix in ["aiff", "au", "caf", "w64", "rf64"]:
        write(f"pcm_16.{suffix}", "PCM_16", suffix.upper())
        write(f"float.{suffix}", "FLOAT", suffix.upper())
    write("pcm_24.caf", "PCM_24", "CAF", endian="LITTLE")
    write("little-endian.aifc", "PCM_16", "AIFF", endian="LITTLE")
    write("pcm_24.flac", "PCM_24", "FLAC")
    # Encodings in which each sample is told by those before it: no decoder can begin in the middle.
    for name, subtype, container in [
        ("gsm610.wav", "GSM610", "WAV"), ("g721.wav", "G721_32", "WAV"), ("nms_adpcm.wav", "NMS_ADPCM_32", "WAV"),
        ("g723.au", "G723_40", "AU"), ("dwvw.aiff", "DWVW_16", "AIFF"), ("dpcm.xi", "DPCM_16", "XI"),
    ]:
        soundfile.write(FOLDER / name, numbers(1) / 2**31, 44100 if container == "XI" else 8000, subtype, None, container)
    # Formats of which libsndfile does not hold the header's count against the file.
    for suffix, container in [
        ("nist", "NIST"), ("avr", "AVR"), ("mpc", "MPC2K"), ("16sv", "SVX"), ("mat4", "MAT4"), ("mat5", "MAT5"),
        ("sds", "SDS"), ("voc", "VOC"),
    ]:
        write(f"rare.{suffix}", "PCM_16", container, channels=1)
    write("rare.wve", "ALAW", "WVE", channels=1)
    # Formats whose headers name no count, and one that has no name.
    for suffix, container in [("sf", "IRCAM"), ("paf", "PAF"), ("pvf", "PVF"), ("htk", "HTK")]:
        write(f"rare.{suffix}", "PCM_16", container, channels=1)
    write_chunks("chunks.wav")
    # FLAC and MP3 with a picture and with words of which libsndfile knows only some.
    (FOLDER / "picture.png").write_bytes(picture())
    words = ["-metadata", "title=A dog barks", "-metadata", "artist=Rex", "-metadata", "catalognumber=K9"]
    cover = ["-i", FOLDER / "picture.png", "-map", "0:a", "-map", "1:v", "-disposition:v", "attached_pic", *words]
    ffmpeg("pcm_16.wav", "tagged.flac", *cover)
    ffmpeg("pcm_16.wav", "tagged.mp3", *cover, "-b:a", "64k", "-id3v2_version", "3")
    (FOLDER / "picture.png").unlink()
    ffmpeg("pcm_16.wav", "mp3.wav", "-c:a", "libmp3lame", "-b:a", "64k")
    ffmpeg("pcm_16.wav", "vorbis.ogg", "-c:a", "libvorbis", *words)
    ffmpeg("pcm_16.wav", "opus.opus", "-c:a", "libopus", *words)
    # Written into a pipe, where a program cannot come back to fill in the length.
    for name, kind in [("piped.wav", "wav"), ("piped.flac", "flac"), ("piped.au", "au")]:
        command = ["ffmpeg", "-loglevel", "error", "-bitexact", "-i", FOLDER / "pcm_16.wav", "-f", kind, "-"]
        (FOLDER / name).write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    write_sounds()
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

"""Brings a sound's log-mel to the one it was made from, its phases left alone.

Like Griffin and Lim's algorithm ("Signal estimation from modified short-time Fourier transform", 1984), a round
changes the short-time spectrum and goes back to samples; but what is set anew is the level of each mel band, not the
magnitude of each bin, so the fine structure that a vocoder made stays. Rounds overshoot a little and carry momentum,
which halves their number (as in Perraudin, Balazs and Sondergaard, "A fast Griffin-Lim algorithm", 2013).

The fixtures of the tests, the training recipe and the parity script share it; it needs nothing but torch.
"""
import torch

STRENGTH, MOMENTUM = 1.2, 0.5
LIMIT = 3.0  # nepers by which a round may change a band
UNKNOWN = 3.0  # nepers below the floor: the band is not known


def matched(samples, mel, *, bank, spans, gain, floor, hop, rounds):
    """[B, T * hop] samples brought to the log-mel [B, T, bands].

    `bank` [bands, fft / 2 + 1] are triangles of unit area whose feet lie `spans` [bands] Hz apart. A band whose value
    is far below the floor, and the one below it (it may be a shape of its own), are left as they are.
    """
    fft = 2 * (bank.shape[1] - 1)
    window = torch.hann_window(fft, device=samples.device)
    heights = bank * (spans / 2)[:, None]
    wanted = torch.cat([mel, mel[:, -1:]], 1)
    silence = torch.tensor(floor, device=mel.device).log()
    unknown = wanted < silence - UNKNOWN
    unknown = unknown | torch.cat([unknown[:, :, 1:], torch.zeros_like(unknown[:, :, :1])], 2)
    wanted = wanted.clamp_min(silence)
    before = samples
    for _ in range(rounds):
        spectrum = torch.stft(samples, fft, hop, window=window, center=True, pad_mode="reflect", return_complex=True)
        found = (spectrum.abs().transpose(1, 2) * gain @ bank.T).clamp_min(floor).log()
        change = (STRENGTH * (wanted - found).clamp(-LIMIT, LIMIT)).masked_fill(unknown, 0)
        factor = 1 + change.expm1() @ heights
        after = torch.istft(spectrum * factor.transpose(1, 2), fft, hop, window=window, length=samples.shape[1])
        samples, before = after + MOMENTUM * (after - before), after
    return before

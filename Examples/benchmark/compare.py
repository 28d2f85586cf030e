"""Time edit-cli and its peers in turn (A B A B) on one model, and print how many times faster edit-cli is.

    pip install torch diffusers transformers tokenizers safetensors soundfile openvino
    swift build -c release            # in the package's folder, then here:
    python3 compare.py --program ../../.build/release/edit-cli --work /tmp/benchmark [--rounds 2] [--model DIR]

Without --model it makes a checkpoint of AudioLDM-S size with random weights in the work folder (the speed is that of the real one), and
also holds whole generations against diffusers': their time and peak memory, at the same few steps, and with the defaults against
diffusers' 200 steps. Let nothing else run meanwhile.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "parity"))


def run(*command):
    """Output, seconds and peak memory in MB of a whole process."""
    start = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return output.decode(), time.perf_counter() - start, usage.ru_maxrss / 1024


def make_checkpoint(folder):
    import parity
    parity.make_checkpoint("s", folder)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", type=pathlib.Path, required=True)
    arguments.add_argument("--work", type=pathlib.Path, required=True)
    arguments.add_argument("--model", type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=10.24)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--steps", type=int, default=10, help="of the whole generation that both do alike")
    arguments.add_argument("--without-openvino", action="store_true")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    model = options.model or options.work / "s"
    if not (model / "model_index.json").exists():
        if options.model:
            arguments.error(f"{model}: there is no model")
        # In a process of its own: what this one holds would count as its children's.
        maker = multiprocessing.get_context("spawn").Process(target=make_checkpoint, args=(model,))
        maker.start()
        maker.join()

    peers = [sys.executable, HERE / "peers.py", model, "--seconds", options.seconds, "--threads", options.threads,
             *(["--without-openvino"] if options.without_openvino else [])]
    times, peaks = {}, []
    for number in range(options.rounds):
        own = json.loads(run(options.program, "benchmark", "--model", model, "--seconds", options.seconds, "--json",
                             "--threads", options.threads)[0])
        peaks.append(own["peak_gflops"])
        measured = {"edit-cli": {stage["name"]: stage["seconds"] for stage in own["stages"]},
                    **json.loads(run(*peers)[0])}
        for program, stages in measured.items():
            for stage, seconds in stages.items():
                times.setdefault(stage, {}).setdefault(program, []).append(seconds)
    print(f"{options.seconds} s, {options.threads} threads, machine's peak {statistics.median(peaks):.0f} GFLOP/s")
    print(f"{'seconds':16}{'edit-cli':>10}{'PyTorch':>10}{'OpenVINO':>10}   edit-cli is faster")
    for stage, found in times.items():
        found = {program: statistics.median(values) for program, values in found.items()}
        ratios = ", ".join(f"{found[peer] / found['edit-cli']:.2f} x {peer}" for peer in found if peer != "edit-cli")
        columns = "".join(f"{found[name]:10.3f}" if name in found else f"{'-':>10}"
                          for name in ("edit-cli", "PyTorch", "OpenVINO"))
        print(f"{stage:16}{columns}   {ratios}")

    if options.model:
        return
    sound = options.work / "sound.wav"
    ddim = ["--sampler", "ddim", "--steps", options.steps]
    for title, settings, steps, rounds in ((f"{options.steps} steps of DDIM", ddim, options.steps, options.rounds),
                                           ("edit-cli's defaults, 200 steps of diffusers' DDIM", [], 200, 1)):
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(run(options.program, "generate", "a dog barks in the rain", "--model", model, "--output", sound,
                            "--force", "--quiet", *settings, "--takes", 1, "--duration", options.seconds,
                            "--threads", options.threads)[1:])
            theirs.append(run(*peers, "--generate", steps)[1:])
        for name, place, unit in (("whole process", 0, "s"), ("peak memory", 1, "MB")):
            own, peer = (statistics.median(values[place] for values in runs) for runs in (ours, theirs))
            print(f"{name}, {title}: edit-cli {own:.1f} {unit}, diffusers {peer:.1f} {unit}, {own / peer:.0%} of it, "
                  f"{peer / own:.1f} x")


if __name__ == "__main__":
    main()

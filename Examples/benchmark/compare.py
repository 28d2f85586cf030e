"""Time edit-cli and its peers in turn (A B A B) on one model, and print how many times faster edit-cli is.

    pip install torch diffusers transformers tokenizers safetensors soundfile openvino
    swift build -c release            # in the package's folder, then here:
    python3 compare.py --program ../../.build/release/edit-cli --work /tmp/benchmark [--rounds 2] [--model DIR]

Each is timed at 32-bit floats and as it is fastest; the last columns say how many times faster edit-cli's best is than the best peer.
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


# Our programs' names and precisions, all columns, and those of 32-bit floats.
OWN = {"edit-cli": "float32", "edit-cli bf16": "bfloat16"}
COLUMNS = (*OWN, "PyTorch", "PyTorch bf16", "OpenVINO", "OpenVINO default")
EXACT = ("edit-cli", "PyTorch", "OpenVINO")


def ratio(found, columns):
    """How many times faster the fastest of our columns is than the fastest of the peers'."""
    ours = [found[name] for name in columns if name in found and name in OWN]
    theirs = [found[name] for name in columns if name in found and name not in OWN]
    return f"{min(theirs) / min(ours):.2f} x" if theirs else ""


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
    times, peaks = {}, {}
    for number in range(options.rounds):
        measured = {}
        for name, precision in OWN.items():
            own = json.loads(run(options.program, "benchmark", "--model", model, "--seconds", options.seconds, "--json",
                                 "--threads", options.threads, "--precision", precision)[0])
            peaks.setdefault(precision, []).append(own["peak_gflops"])
            measured[name] = {stage["name"]: stage["seconds"] for stage in own["stages"]}
        measured |= json.loads(run(*peers)[0])
        for program, stages in measured.items():
            for stage, seconds in stages.items():
                times.setdefault(stage, {}).setdefault(program, []).append(seconds)
    limits = ", ".join(f"{statistics.median(values):.0f} GFLOP/s at {precision}" for precision, values in peaks.items())
    print(f"{options.seconds} s, {options.threads} threads; matrix products reach {limits}")
    print(f"| seconds | {' | '.join(COLUMNS)} | at float32 | at its best |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    for stage, found in times.items():
        found = {program: statistics.median(values) for program, values in found.items()}
        cells = [f"{found[name]:.3f}" if name in found else "" for name in COLUMNS]
        print(f"| {stage} | {' | '.join(cells)} | {ratio(found, EXACT)} | {ratio(found, COLUMNS)} |")

    if options.model:
        return
    sound = options.work / "sound.wav"
    ddim = ["--sampler", "ddim", "--steps", options.steps]
    for title, settings, steps, rounds in ((f"{options.steps} steps of DDIM", ddim, options.steps, options.rounds),
                                           ("edit-cli's defaults, 200 steps of diffusers' DDIM", [], 200, 1)):
        found = {name: [] for name in (*OWN, "diffusers")}
        for _ in range(rounds):
            for name, precision in OWN.items():
                found[name].append(run(
                    options.program, "generate", "a dog barks in the rain", "--model", model, "--output", sound,
                    "--force", "--quiet", *settings, "--takes", 1, "--duration", options.seconds, "--precision", precision,
                    "--threads", options.threads)[1:])
            found["diffusers"].append(run(*peers, "--generate", steps)[1:])
        for what, place, unit in (("whole process", 0, "s"), ("peak memory", 1, "MB")):
            of = {name: statistics.median(values[place] for values in runs) for name, runs in found.items()}
            print(f"{what}, {title}: " + ", ".join(
                f"{name} {value:.1f} {unit} ({of['diffusers'] / value:.1f} x)" for name, value in of.items()))


if __name__ == "__main__":
    main()

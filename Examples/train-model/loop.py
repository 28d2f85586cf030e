"""The loop of every training stage: it counts steps, saves, resumes, logs and cools down; averaged weights; and batches
made ahead."""
import copy
import json
import os
import pathlib
import queue
import threading
import time

import torch

from compute import device

SAVED_EVERY, LOGGED_EVERY = 240, 60  # seconds


def ahead(make, count=3):
    """What `make` makes, again and again, made by a thread while what was made before is learnt from."""
    made = queue.Queue(count)

    def work():
        while True:
            try:
                made.put(make())
            except BaseException as error:
                made.put(error)
                return

    threading.Thread(target=work, daemon=True).start()
    while True:
        item = made.get()
        if isinstance(item, BaseException):
            raise item
        yield item


class Average:
    """Exponential moving average of a module's parameters, with a horizon that grows with training."""

    def __init__(self, module, horizon):
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.horizon = horizon
        self.updates = 0

    @torch.no_grad()
    def update(self, module):
        self.updates += 1
        decay = min(self.horizon, (1 + self.updates) / (10 + self.updates))
        averaged, current = list(self.module.parameters()), list(module.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for buffer, source in zip(self.module.buffers(), module.buffers()):
            buffer.copy_(source)

    def state_dict(self):
        return self.module.state_dict()

    def load_state_dict(self, state):
        self.module.load_state_dict(state)


class Loop:
    """Runs for `settings.steps` steps in all, however often it is interrupted.

    `parts` maps names to what has a state_dict (modules, averages, optimisers); all of it goes to OUT/state.pt every
    four minutes. A `quiet` loop, of a process that helps another, saves and logs nothing.
    """

    def __init__(self, out, settings, quiet=False, **parts):
        self.out, self.settings, self.quiet, self.parts = pathlib.Path(out), settings, quiet, parts
        self.out.mkdir(parents=True, exist_ok=True)
        self.step, self.seconds = 0, 0.0
        if (self.out / "state.pt").exists():
            state = torch.load(self.out / "state.pt", map_location=device(), weights_only=False)
            self.step, self.seconds = state["step"], state["seconds"]
            for name, part in parts.items():
                part.load_state_dict(state[name])
                if isinstance(part, Average):
                    part.updates = state["step"]
            print(f"resumed at step {self.step} of {settings.steps}, after {self.seconds / 60:.1f} minutes", flush=True)

    @property
    def progress(self):
        return self.step / self.settings.steps

    def rate(self):
        """The factor of the learning rate: a short rise, then level, then down to 0 over the last `cool` share of the
        steps."""
        rise = min(1.0, (self.step + 1) / self.settings.warm)
        return rise * min(1.0, max(0.0, (1 - self.progress) / self.settings.cool))

    def run(self, advance, examine):
        """Calls `advance` for each step, which returns its losses by name (tensors of one number), and `examine` every
        `examine_every` steps and at the end."""
        began = self.clock() - self.seconds
        saved = logged = time.time()
        sums, counts = {}, 0
        while self.step < self.settings.steps:
            losses = advance()
            self.step += 1
            self.seconds = self.clock() - began
            counts += 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if time.time() - logged > LOGGED_EVERY:
                self.log({"minutes": round(self.seconds / 60, 1), "rate": round(self.rate(), 3)}
                         | {name: round(total / counts, 4) for name, total in sums.items()})
                sums, counts, logged = {}, 0, time.time()
            if time.time() - saved > SAVED_EVERY:
                self.save()
                saved = time.time()
            if self.step % self.settings.examine_every == 0 and self.step < self.settings.steps and not self.quiet:
                examine()
        self.save()
        if not self.quiet:
            examine()

    @staticmethod
    def clock():
        """Seconds of this process's work: on a processor that others use as well, its own time."""
        return time.time() if torch.cuda.is_available() else time.process_time() / torch.get_num_threads()

    def log(self, line):
        if self.quiet:
            return
        line = {"step": self.step} | line
        print(json.dumps(line), flush=True)
        with open(self.out / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self):
        if self.quiet:
            return
        state = {"step": self.step, "seconds": self.seconds} | {n: part.state_dict() for n, part in self.parts.items()}
        torch.save(state, self.out / "state.part")
        os.replace(self.out / "state.part", self.out / "state.pt")

"""The optimiser of the diffusion model, and the processes that share its training."""
import os

import torch


class Workers:
    """The processes that torchrun started, each with a batch of its own; gradients are their mean."""

    def __init__(self):
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.count > 1:
            torch.distributed.init_process_group("gloo")

    def share_gradients(self, parameters):
        if self.count > 1:
            gradients = [p.grad for p in parameters]
            self.add_up(gradients, gradients)
            torch._foreach_div_(gradients, self.count)

    def share_parts(self, tensors):
        """Each process has changed every count-th tensor, from its rank on; afterwards all have all of them."""
        if self.count > 1:
            self.add_up([tensor if index % self.count == self.rank else torch.zeros_like(tensor)
                         for index, tensor in enumerate(tensors)], tensors)

    @staticmethod
    def add_up(mine, tensors):
        """Puts the sum of what each process has into the tensors."""
        flat = torch.cat([part.flatten() for part in mine])
        torch.distributed.all_reduce(flat)
        for tensor, part in zip(tensors, flat.split([t.numel() for t in tensors])):
            tensor.copy_(part.view(tensor.shape))


class Muon:
    """Momentum whose step is made orthogonal (Jordan et al. 2024), for weights of two and more dimensions, with a
    step as large as Adam's (arXiv 2502.16982); AdamW for the others. Processes share the work of making orthogonal."""

    MOMENTUM, DECAY = 0.95, 0.01
    ROUNDS, FACTORS = 5, (3.4445, -4.7750, 2.0315)  # of the iteration of Newton and Schulz: x, x^3 and x^5

    def __init__(self, module, workers):
        self.workers = workers
        self.matrices = [p for p in module.parameters() if p.ndim > 1]
        self.momenta = [torch.zeros_like(p) for p in self.matrices]
        shapes = {}  # this process's share, those of one shape together: a graphics card is slow at many small products
        for index in range(workers.rank, len(self.matrices), workers.count):
            shapes.setdefault(self.matrices[index].shape, []).append(index)
        self.mine = list(shapes.values())
        vectors = [p for p in module.parameters() if p.ndim == 1]
        self.rest = torch.optim.AdamW(vectors, betas=(0.9, 0.99), weight_decay=0)

    @classmethod
    def orthogonal(cls, step):
        """Nearly the nearest matrices [N, outputs, inputs * taps] with orthogonal rows or columns.

        A round multiplies X from the left by p(X X') = a + b X X' + c (X X')^2. All those factors are polynomials of
        the first X X', which is small where X is long: so they are multiplied there, and X once at the end.
        """
        matrix = step.flatten(2)
        tall = matrix.shape[1] > matrix.shape[2]
        matrix = matrix.mT if tall else matrix
        matrix = matrix / (matrix.norm(dim=(1, 2), keepdim=True) + 1e-7)
        a, b, c = cls.FACTORS
        square, product = matrix @ matrix.mT, None
        for number in range(cls.ROUNDS):
            factor = torch.baddbmm(square, square, square, beta=b, alpha=c)
            factor.diagonal(dim1=1, dim2=2).add_(a)
            product = factor if product is None else factor @ product
            if number + 1 < cls.ROUNDS:
                square = factor @ square @ factor
        matrix = product @ matrix
        return (matrix.mT if tall else matrix).reshape(step.shape)

    @torch.no_grad()
    def step(self, rate):
        self.rest.param_groups[0]["lr"] = rate
        self.rest.step()
        gradients = [p.grad for p in self.matrices]
        torch._foreach_lerp_(self.momenta, gradients, 1 - self.MOMENTUM)
        steps = torch._foreach_lerp(gradients, self.momenta, self.MOMENTUM)
        for alike in self.mine:
            matrices = [self.matrices[index] for index in alike]
            size = 0.2 * max(matrices[0].shape[0], matrices[0][0].numel()) ** 0.5
            torch._foreach_mul_(matrices, 1 - rate * self.DECAY)
            torch._foreach_sub_(matrices, list(self.orthogonal(torch.stack([steps[index] for index in alike]))),
                                alpha=rate * size)
        self.workers.share_parts(self.matrices)

    def state_dict(self):
        return {"momenta": self.momenta, "rest": self.rest.state_dict()}

    def load_state_dict(self, state):
        for momentum, saved in zip(self.momenta, state["momenta"]):
            momentum.copy_(saved)
        self.rest.load_state_dict(state["rest"])

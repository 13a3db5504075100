"""Data-parallel training in two processes of one thread each.

Two single-thread processes are a fifth faster than one with two threads at this size, and much less troubled by other
work on the machine. They also sum in a fixed order, so that a seed gives the same weights again on the same machine.
"""

import math
import os
import random
import socket
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

WORKERS = 2
# Keep freed memory: giving it back to the kernel and taking it again at every step costs a fifth of the time.
MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 32), "MALLOC_TOP_PAD_": str(1 << 26)}


def start(work, *arguments):
    """Runs work(rank, *arguments) in every worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(MEMORY)
    mp.start_processes(enter, (port, work, arguments), nprocs=WORKERS, start_method="spawn")


def enter(rank, port, work, arguments):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=WORKERS)
    try:
        work(rank, *arguments)
    finally:
        dist.destroy_process_group()


class Optimiser:
    """Adam on a cosine, Muon for the weights named in `hidden`, gradients averaged over the workers, and an exponential
    moving average of the weights.

    `parameters` is a dict name -> parameter, the same in every worker. Muon (Jordan et al. 2024, with the step size of
    Liu et al. 2025, "Muon is scalable for LLM training", which makes Adam's learning rate fit) takes matrices: a
    convolution counts as [out, height * width * in].
    """

    def __init__(self, parameters, *, steps, learning_rate, hidden=(), warm_up=100, floor=0.01, ema=0.998, clip=1.0):
        self.parameters = parameters
        self.steps, self.learning_rate, self.warm_up, self.floor = steps, learning_rate, warm_up, floor
        self.decay, self.clip = ema, clip
        self.matrices = {name: torch.nn.Parameter(as_matrix(parameters[name].detach())) for name in hidden}
        others = [p for name, p in parameters.items() if name not in self.matrices]
        self.optimisers = [torch.optim.Adam(others, lr=learning_rate, betas=(0.9, 0.99))]
        # Each worker takes a share of the matrices and sends it round: the orthogonalisation is a fifth of a step.
        self.shares = [list(self.matrices.values())[worker::WORKERS] for worker in range(WORKERS)]
        if hidden:
            own = self.shares[dist.get_rank()]
            muon = torch.optim.Muon(own, lr=learning_rate, weight_decay=0, adjust_lr_fn="match_rms_adamw")
            self.optimisers.append(muon)
        self.average = {name: p.detach().clone() for name, p in parameters.items()}
        self.step_count = 0

    def rate(self):
        progress = self.step_count / self.steps
        cosine = self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress))
        return self.learning_rate * min(1, (self.step_count + 1) / self.warm_up) * cosine

    def step(self, loss):
        for parameter in self.parameters.values():
            parameter.grad = None
        loss.backward()
        used = {name: p for name, p in self.parameters.items() if p.grad is not None}
        flat = torch.cat([p.grad.reshape(-1) for p in used.values()])
        dist.all_reduce(flat)
        flat /= WORKERS
        norm = float(flat.norm())
        if norm > self.clip:
            flat *= self.clip / norm
        for (name, parameter), piece in zip(used.items(), flat.split([p.numel() for p in used.values()])):
            if name in self.matrices:
                self.matrices[name].grad = as_matrix(piece.view_as(parameter))
            else:
                parameter.grad = piece.view_as(parameter)
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = self.rate()
            if math.isfinite(norm):
                optimiser.step()
        self.exchange()
        decay = min(self.decay, (1 + self.step_count) / (10 + self.step_count))
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                self.average[name].lerp_(parameter, 1 - decay)
        self.step_count += 1
        return norm

    @torch.no_grad()
    def exchange(self):
        """Gives every worker the matrices that the others have stepped."""
        for worker, share in enumerate(self.shares):
            if share:
                flat = torch.cat([matrix.reshape(-1) for matrix in share])
                dist.broadcast(flat, worker)
                for matrix, piece in zip(share, flat.split([matrix.numel() for matrix in share])):
                    matrix.copy_(piece.view_as(matrix))


def as_matrix(weight):
    """A matrix as it is, a convolution as [out, height * width * in]; shares the memory of a channels-last weight."""
    return weight if weight.dim() == 2 else weight.permute(0, 2, 3, 1).flatten(1)


class Checkpoint:
    """Where a run stands, so that it can go on after a break: the weights in one file, the random numbers of each
    worker in its own. A run that goes on gives what an unbroken one gives."""

    def __init__(self, folder: Path, name, rank, seed):
        self.file = folder / f"{name}.checkpoint"
        self.own = folder / f"{name}.worker{rank}.checkpoint"
        self.rank = rank
        self.random = random.Random(f"{seed} {rank}")
        torch.manual_seed(seed * WORKERS + rank)

    def load(self, optimiser):
        """True if there was something to go on with."""
        own_step = torch.load(self.own, weights_only=False)["step"] if self.own.exists() else 0
        steps = [None] * WORKERS
        dist.all_gather_object(steps, own_step)
        if not self.file.exists() or len(set(steps)) != 1 or own_step == 0:
            return False
        state = torch.load(self.file)
        if state["step"] != own_step:
            return False
        with torch.no_grad():
            for name, parameter in optimiser.parameters.items():
                parameter.copy_(state["weights"][name])
        optimiser.average = state["average"]
        optimiser.step_count = own_step
        own = torch.load(self.own, weights_only=False)
        for inner, saved in zip(optimiser.optimisers, own["optimisers"]):
            inner.load_state_dict(saved)
        torch.set_rng_state(own["torch"])
        self.random.setstate(own["random"])
        return True

    def save(self, optimiser):
        own = {
            "step": optimiser.step_count,
            "optimisers": [inner.state_dict() for inner in optimiser.optimisers],
            "torch": torch.get_rng_state(),
            "random": self.random.getstate(),
        }
        self.write(self.own, own)
        if self.rank == 0:
            weights = {name: p.detach() for name, p in optimiser.parameters.items()}
            self.write(self.file, {"step": optimiser.step_count, "weights": weights, "average": optimiser.average})
        dist.barrier()

    @staticmethod
    def write(path, state):
        new = path.with_suffix(".new")
        torch.save(state, new)
        new.replace(path)


class Log:
    """Means of figures over the steps since the last line; printed by the first worker."""

    def __init__(self, rank, name, steps, every=50):
        self.rank, self.name, self.steps, self.every = rank, name, steps, every
        self.sums, self.count, self.started = {}, 0, time.time()

    def add(self, step, **figures):
        for key, value in figures.items():
            self.sums[key] = self.sums.get(key, 0.0) + float(value.detach() if torch.is_tensor(value) else value)
        self.count += 1
        if step % self.every == 0 or step == self.steps:
            if self.rank == 0:
                line = " ".join(f"{key} {value / self.count:.4f}" for key, value in self.sums.items())
                print(f"{self.name} step {step}/{self.steps} {time.time() - self.started:.0f} s: {line}", flush=True)
            self.sums, self.count = {}, 0

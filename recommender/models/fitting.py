"""The training loop of the neural models: AdamW, warm-up and cosine, early stopping, checkpoints, several processes.

Knows nothing about where histories come from or what happens with the trained weights.
"""

import hashlib
import math
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from recommender.data.sequences import Indexes, Split
from recommender.evaluation.metrics import full_ranking
from recommender.models.base import RESUMES, FitOptions, ModelError, OnProgress, out_of_memory
from recommender.models.batches import Batch, Histories, batches
from recommender.models.checkpoint import forget_state, load_state, save_state
from recommender.models.losses import Objective
from recommender.models.teaching import Teaching

if TYPE_CHECKING:
    from recommender.models.neural import NeuralModel, SequenceNetwork

# What of a run's state is plain values.
_KEPT = ("epoch", "step", "seconds", "cpu_seconds", "best", "best_epoch", "best_state", "log", "sums")
_FORMAT = 2  # of a checkpoint; those of another format belong to no run
_NO_PART = ("checkpoint", "checkpoint_s", "log_dir", "device")  # options that no run is known by
_MEAN_STEPS = 50  # the least number of steps that the running mean of the weights looks back
_VALIDATED = 4_000  # people: enough to tell two epochs apart, compared on the same ones


def fit(
    network: "SequenceNetwork",
    model: "NeuralModel",
    split: Split,
    options: FitOptions,
    on_progress: OnProgress | None = None,
    teaching: Teaching | None = None,
) -> dict[str, Any]:
    """Train `network` in place; with validation, end at the weights that validated best.

    Returns a JSON report: epochs (the best one), valid_ndcg@10, labels_per_s, and a log entry an epoch.

    Raises:
        ModelError: the loss or its gradient is no longer a number; memory is too small; the checkpoint cannot be read;
            there is no such device.
    """
    try:
        run = _Run(network, model, split, options, teaching)
        run.train(on_progress)
    except (MemoryError, RuntimeError, OSError) as error:
        if not out_of_memory(error):
            raise
        raise ModelError(
            f"There is too little memory for a batch of {options.batch_size} histories. Try a smaller batch_size, "
            "shorter max_length or fewer negatives; what was trained up to the last checkpoint is kept."
        ) from error
    return run.report()


class _Run:
    """One training run and its state."""

    def __init__(
        self,
        network: "SequenceNetwork",
        model: "NeuralModel",
        split: Split,
        options: FitOptions,
        teaching: Teaching | None,
    ) -> None:
        self.network, self.model, self.options = network, model, options
        self.device = _device(options.device)
        network.to(self.device)
        config = network.config
        trained_on = split.full() if options.final else split.train
        last = teaching is not None and teaching.labels is not None and teaching.weights.last_position
        self.histories = Histories(
            trained_on,
            config.max_length,
            last,
            only_last=options.labels == "last",
            predicted=teaching.predicted if teaching else None,
        )
        if teaching and teaching.labels is not None and len(teaching.labels.items) != len(self.histories.flat) - 1:
            raise ModelError("The soft labels belong to other histories. Make them again from this split.")
        self.touched = torch.from_numpy(self.histories.touched()).to(self.device)
        if options.warm_start:
            network.items.welcome_touched(self.touched)
        else:
            network.items.forget_untouched(self.touched)
        if teaching and teaching.labels is not None:  # what a teacher names is scored, touched or not
            named = torch.from_numpy(np.unique(teaching.labels.items[teaching.labels.items > 0]).astype(np.int64))
            self.touched = torch.unique(torch.cat([self.touched, named.to(self.device)]))
        self.negatives = config.negatives if 0 < config.negatives < len(self.touched) else 0
        self.objective = Objective(network, teaching)
        self.step_module: torch.nn.Module = self.objective
        self.world, self.rank = 1, 0
        if dist.is_available() and dist.is_initialized():
            self.world, self.rank = dist.get_world_size(), dist.get_rank()
            self.step_module = torch.nn.parallel.DistributedDataParallel(
                self.objective, find_unused_parameters=True, broadcast_buffers=False
            )
        self.validation = self._validation(split)
        self.steps_an_epoch = math.ceil(math.ceil(len(self.histories) / options.batch_size) / self.world)
        self.total = self.steps_an_epoch * options.epochs
        # The rest, the layers of a language model under LoRA, never changes: it is neither averaged nor copied.
        self.trained = torch.nn.ParameterList([p for p in network.parameters() if p.requires_grad])
        self.optimiser = torch.optim.AdamW(
            self.trained, lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
        )
        warm_up = max(1, min(options.warm_up, self.steps_an_epoch))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser,
            lambda s: min(1.0, (s + 1) / warm_up) * (0.52 + 0.48 * math.cos(math.pi * min(1.0, s / self.total))),
        )
        # What is measured and kept is a running mean of the weights: on small data single epochs jump about.
        decay = 1 - 1 / max(_MEAN_STEPS, self.steps_an_epoch // 2)
        self.mean = AveragedModel(self.trained, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]
        self.epoch, self.step = 0, 0  # finished epochs, and steps into the next
        self.seconds, self.cpu_seconds = 0.0, 0.0  # spent on training, without validation
        self._since = (0.0, 0.0)
        self.best, self.best_epoch = -1.0, 0
        self.best_state: list[Tensor] | None = None
        self.log: list[dict[str, float]] = []
        self.sums: dict[str, float] = {}
        self.fingerprint = self._fingerprint(teaching)

    def train(self, on_progress: OnProgress | None) -> None:
        options = self.options
        if self._resume() and on_progress:
            done = self.epoch * self.steps_an_epoch + self.step
            on_progress(done, self.total, f"{RESUMES} from epoch {self.epoch + 1}, where it was interrupted")
        writer = _writer(options) if self.rank == 0 else None
        last_epoch = options.stop_epoch or options.epochs
        while self.epoch < last_epoch and not self._lost_patience():
            self._epoch(on_progress, writer)
        self._put(self.mean.parameters() if self.best_state is None else self.best_state)
        if writer:
            writer.close()
        if options.checkpoint and self.rank == 0:
            forget_state(options.checkpoint)
        if on_progress:
            on_progress(self.total, self.total, "done")

    def _epoch(self, on_progress: OnProgress | None, writer: Any) -> None:
        """The rest of the current epoch, then validation."""
        options, epoch = self.options, self.epoch + 1
        self.network.train()
        saved = time.monotonic()
        self._since = time.perf_counter(), time.process_time()
        for step, batch in enumerate(self._batches(epoch)):
            if step < self.step:
                continue  # done before the interruption
            losses = self._learn(batch, epoch, step)
            self.step = step + 1
            for name, value in losses.items():
                self.sums[name] = self.sums.get(name, 0.0) + value
            if on_progress:
                on_progress(
                    self.epoch * self.steps_an_epoch + self.step, self.total, f"epoch {epoch} loss {losses['loss']:.3f}"
                )
            if options.checkpoint and time.monotonic() - saved > options.checkpoint_s:
                self._lap()
                self._save()
                saved = time.monotonic()
        self._lap()
        entry: dict[str, float] = {"epoch": epoch, "seconds": round(self.seconds, 2)}
        entry["cpu_seconds"] = round(self.cpu_seconds, 2)
        entry |= {name: round(value / max(1, self.step), 5) for name, value in self.sums.items()}
        self.epoch, self.step, self.sums = epoch, 0, {}
        self._validate(entry)
        self.log.append(entry)
        if writer:
            for name, value in entry.items():
                writer.add_scalar(name, value, epoch)
            writer.add_scalar("learning_rate", self.schedule.get_last_lr()[0], epoch)
        if options.checkpoint:
            self._save()

    def _lap(self) -> None:
        """Count the time since the last lap as spent on training."""
        now = time.perf_counter(), time.process_time()
        self.seconds += now[0] - self._since[0]
        self.cpu_seconds += now[1] - self._since[1]
        self._since = now

    def _batches(self, epoch: int) -> Iterator[Batch]:
        """This process's share of the epoch's batches; every process has the same number."""
        everyone = batches(
            self.histories,
            self.options.batch_size,
            self.options.seed,
            epoch,
            self.options.augment,
            self.options.buckets,
        )
        group: list[Batch] = []
        for batch in everyone:
            group.append(batch)
            if len(group) == self.world:
                yield group[self.rank]
                group = []
        if group:
            yield group[self.rank % len(group)]

    def _learn(self, batch: Batch, epoch: int, step: int) -> dict[str, float]:
        options = self.options
        # Every step has random numbers of its own, so that a resumed run is the run that was interrupted.
        torch.manual_seed(hash((options.seed, epoch, step, self.rank)) % 2**63)
        candidates = self.touched
        if self.negatives:
            candidates = self.touched[torch.randperm(len(self.touched), device=self.device)[: self.negatives]]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=options.bf16):
            losses: dict[str, Tensor] = self.step_module(batch.to(self.device), candidates)
        loss = losses["loss"]
        self._must_be_finite("loss", loss, epoch, step)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), options.clip_norm)
        # A finite loss can have a gradient that is none; one step of it, and every weight is lost for good.
        self._must_be_finite("gradient", norm, epoch, step)
        self.optimiser.step()
        self.schedule.step()
        self.mean.update_parameters(self.trained)
        return {name: value.item() for name, value in losses.items()}

    def _must_be_finite(self, what: str, value: Tensor, epoch: int, step: int) -> None:
        if not torch.isfinite(value):
            raise ModelError(
                f"The {what} became {value.item()} in epoch {epoch}, step {step}. Try a smaller learning rate"
                + (", or bf16=False." if self.options.bf16 else ".")
            )

    def _validation(self, split: Split) -> tuple[list[Indexes], Indexes] | None:
        histories, targets = split.histories("valid")
        if self.options.final or not len(targets):
            return None
        if len(targets) > _VALIDATED:
            chosen = np.random.default_rng(self.options.seed).choice(len(targets), _VALIDATED, replace=False)
            histories, targets = [histories[i] for i in chosen], targets[chosen]
        return histories, targets

    def _validate(self, entry: dict[str, float]) -> None:
        """Measure the mean weights; keep them if they are the best so far."""
        if self.validation is None:
            return
        training = self._weights()
        self._put(self.mean.parameters())
        self.model.refresh()
        ndcg = full_ranking(self.model.scores, *self.validation)["ndcg@10"].mean
        entry["valid_ndcg@10"] = round(ndcg, 5)
        if ndcg > self.best:
            self.best, self.best_epoch = ndcg, self.epoch
            self.best_state = self._weights()
        self._put(training)

    def _weights(self) -> list[Tensor]:
        """A copy of what is trained."""
        return [parameter.detach().clone() for parameter in self.trained]

    def _put(self, weights: Iterable[Tensor]) -> None:
        """Train, measure or serve with these weights from now on."""
        with torch.no_grad():
            for parameter, weight in zip(self.trained, weights, strict=True):
                parameter.copy_(weight)

    def _lost_patience(self) -> bool:
        return self.validation is not None and self.epoch - self.best_epoch >= self.options.patience and self.epoch > 0

    def _fingerprint(self, teaching: Teaching | None) -> str:
        """What a checkpoint must agree with to be this run's."""
        options = {k: v for k, v in asdict(self.options).items() if k not in _NO_PART}
        weights = asdict(teaching.weights) if teaching else None
        about = (_FORMAT, self.model.name, asdict(self.network.config), options, self.world, weights)
        digest = hashlib.sha256(repr(about).encode())
        data: list[npt.NDArray[Any]] = [self.histories.flat, self.histories.ends]
        if self.validation:
            data += [np.concatenate(self.validation[0]), self.validation[1]]
        if self.network.items.text is not None:
            data.append(self.network.items.text.cpu().numpy())
        if teaching and teaching.labels is not None:
            data += [teaching.labels.items, teaching.labels.probabilities]
        if self.options.warm_start:
            data += [parameter.detach().cpu().numpy() for parameter in self.network.parameters()]
        if self.objective.guide is not None:
            guide, _ = self.objective.guide
            data += [value.cpu().numpy() for value in guide.state_dict().values()]
            if guide.items.text is not None:
                data.append(guide.items.text.cpu().numpy())
        for array in [*data, self.histories.predicted]:
            digest.update(array.tobytes())
        return digest.hexdigest()

    def _resume(self) -> bool:
        """Take up the run that this checkpoint is of; whether there is one."""
        state = load_state(self.options.checkpoint, self.fingerprint) if self.options.checkpoint else None
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        for name in _KEPT:
            setattr(self, name, state[name])
        return True

    def _save(self) -> None:
        if self.rank != 0 or self.options.checkpoint is None:
            return
        state = {name: getattr(self, name) for name in ("fingerprint", *_KEPT)}
        state |= {"network": self.network.state_dict(), "mean": self.mean.state_dict()}
        state |= {"optimiser": self.optimiser.state_dict(), "schedule": self.schedule.state_dict()}
        save_state(self.options.checkpoint, state)

    def report(self) -> dict[str, Any]:
        labels = self.histories.n_labels * len(self.log)
        return {
            "epochs": self.best_epoch or len(self.log),
            "valid_ndcg@10": self.best if self.validation else None,
            "seconds": round(self.seconds, 2),
            "labels_per_s": round(labels / self.seconds, 1) if self.seconds else None,
            "labels_per_cpu_s": round(labels / self.cpu_seconds, 1) if self.cpu_seconds else None,
            "parameters": self.network.n_parameters(),
            "log": self.log,
        }


def _device(wanted: str) -> torch.device:
    """The device of this name, or the one to use where none is named: with several GPUs, each process has its own."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not wanted:
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % gpus) if gpus else torch.device("cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise ModelError(f"device is '{wanted}', but PyTorch finds {gpus} GPUs here. Leave it out, or choose 'cpu'.")
    return device


def _writer(options: FitOptions) -> Any:
    if options.log_dir is None:
        return None
    # Imported here: TensorBoard takes a second, and most runs write no log.
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ModelError("Logs of the training need TensorBoard. Install it: pip install tensorboard") from error

    return SummaryWriter(str(options.log_dir))

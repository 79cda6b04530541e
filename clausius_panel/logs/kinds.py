"""What a file is, as its name tells, and what to call it."""

from __future__ import annotations

import posixpath
import re
from typing import Literal

__all__ = ["FileKind", "file_kind", "file_label", "is_packed", "label_rank", "names_job", "natural_key"]

FileKind = Literal["text", "json", "jsonl", "markdown", "csv", "image", "binary"]

_BINARY = """
7z a arrow bin bz2 ckpt db distcp duckdb feather gz h5 hdf5 mp3 mp4 npy npz o onnx parquet pdf pkl pt pth
rar safetensors so sqlite tar tgz wav wandb whl xz zip zst
"""
_KINDS: dict[FileKind, frozenset[str]] = {
    "json": frozenset({"json", "ipynb"}),
    "jsonl": frozenset({"jsonl", "jsonl-async", "ndjson"}),
    "markdown": frozenset({"md", "markdown"}),
    "csv": frozenset({"csv", "tsv"}),
    "image": frozenset({"png", "jpg", "jpeg", "gif", "webp", "svg"}),
    "binary": frozenset(_BINARY.split()),
}
_PARTS = (
    ("main", "main output"),
    ("server", "server output"),
    ("sandbox", "sandbox output"),
    ("sbatch", "sbatch log"),
)
_ENDS = {".out": "stdout", ".err": "stderr"}
_ORDER = ("main output", "server output", "sandbox output", "sbatch log", "stdout", "stderr")


def file_kind(name: str) -> FileKind:
    """The kind of a file of this name; what is not known is taken for text.

    >>> file_kind("slurm-12.out"), file_kind("eval.JSONL"), file_kind("model.safetensors")
    ('text', 'jsonl', 'binary')
    """
    ending = posixpath.basename(name).rpartition(".")[2].lower()
    return next((kind for kind, endings in _KINDS.items() if ending in endings), "text")


def is_packed(name: str) -> bool:
    """Whether a file of this name holds another one, packed by gzip, as rotated logs are.

    >>> is_packed("slurm-12.out.1.gz"), is_packed("run.tar.gz"), is_packed("gz")
    (True, False, False)
    """
    base = posixpath.basename(name).lower()
    return base.endswith(".gz") and not base.endswith(".tar.gz")


def file_label(name: str) -> str:
    """What people call a file of this name.

    >>> file_label("main_llm_12_srun.log"), file_label("train-12.err"), file_label("metrics.json")
    ('main output', 'stderr', 'metrics.json')
    """
    base = posixpath.basename(name)
    words = re.split(r"[^a-z]+", base.lower())
    for word, label in _PARTS:
        if word in words:
            return label
    return _ENDS.get(posixpath.splitext(base)[1].lower(), base)


def label_rank(label: str) -> int:
    """Where a label stands in a list: main output first, what has no name of its own last."""
    return _ORDER.index(label) if label in _ORDER else len(_ORDER)


def names_job(name: str, job_id: str) -> bool:
    """Whether a file's name holds this id, and not only another number that contains it.

    >>> names_job("train_123.log", "123"), names_job("train_41234.log", "123"), names_job("1234", "123")
    (True, False, False)
    """
    return bool(job_id) and re.search(rf"(?<![0-9]){re.escape(job_id)}(?![0-9])", name) is not None


def natural_key(name: str) -> list[tuple[int, str]]:
    """A key that sorts `task_10` behind `task_9`, and lower case among upper case."""
    return [
        (int(part[:18]), "") if part.isascii() and part.isdigit() else (-1, part.casefold())
        for part in re.split(r"([0-9]+)", name)
    ]

"""A notebook-native control room for Slurm.

>>> import clausius_panel as cp
>>> cp.__version__
'0.1.0'

`cp.Fleet()` is your clusters, `cp.demo()` three simulated ones. Both are loaded on first use: importing this
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .errors import ClausiusError, InvalidInput, ReadOnly, StoreError, TransportError
    from .fleet import Fleet, demo
    from .model import Cluster, Freshness, Job
    from .runtime import Runtime

__all__ = [
    "ClausiusError",
    "Cluster",
    "Fleet",
    "Freshness",
    "InvalidInput",
    "Job",
    "ReadOnly",
    "Runtime",
    "StoreError",
    "TransportError",
    "__version__",
    "demo",
]

_HOME = {
    "ClausiusError": "errors",
    "Cluster": "model",
    "Fleet": "fleet",
    "Freshness": "model",
    "InvalidInput": "errors",
    "Job": "model",
    "ReadOnly": "errors",
    "Runtime": "runtime",
    "StoreError": "errors",
    "TransportError": "errors",
    "demo": "fleet",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

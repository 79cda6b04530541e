"""A notebook-native control room for Slurm.

>>> import clausius_panel as cp
>>> cp.__version__
'0.1.0'

`cp.Fleet()` is your clusters, `cp.demo()` three simulated ones. Both are loaded on first use: importing this
package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
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
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package, with `demo` always the function.

    A subpackage bears the same name, and the import system binds it here when it is first imported; `from
    clausius_panel.demo import ...` needs no such name and goes on working.
    """

    @property
    def demo(self) -> Any:
        """`fleet.demo`."""
        return import_module(".fleet", __name__).demo

    @demo.setter
    def demo(self, module: ModuleType) -> None:
        """Where the import system would put the subpackage."""


sys.modules[__name__].__class__ = _Package

"""The command `clausius`. Each command lives in its own module, loaded when it is called."""

from .app import clausius, main

__all__ = ["clausius", "main"]

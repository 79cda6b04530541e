"""The version of this package, for the faces that tell it."""

__all__ = ["__version__"]

__version__ = "0.1.0"

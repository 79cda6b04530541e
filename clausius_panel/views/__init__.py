"""What is seen in a browser or a notebook: Viewers over the session's state, drawn by small client scripts."""

from .board import Board

__all__ = ["Board"]

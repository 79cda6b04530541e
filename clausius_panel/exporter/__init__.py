"""`clausius-exporter`, one file for clusters that nobody may SSH into. Nothing imports it."""

from __future__ import annotations

__all__: list[str] = []

"""The board for `panel serve apps/clausius.py`: every session of the process shares one runtime."""

from __future__ import annotations

import panel as pn

from clausius_panel import config
from clausius_panel.runtime import Runtime
from clausius_panel.views import shell

pn.extension()

with shell.ErrorPage() as guarded:
    guarded.page = shell.page(pn.state.as_cached("clausius runtime", lambda: Runtime(config.load())))
guarded.page.servable()

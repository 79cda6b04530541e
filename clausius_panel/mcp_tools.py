"""Functions as tools of the Model Context Protocol, with the manners that all our tools have."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations

from .errors import ClausiusError, InvalidInput

__all__ = ["StrictTool", "as_tool"]

P = ParamSpec("P")
R = TypeVar("R")


class StrictTool(Tool):
    """A tool that refuses arguments it does not have: passed over, a filter of another name selects everything."""

    async def run(self, arguments: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Run with arguments that exist. Raises `ToolError` naming those there are."""
        known = list(self.parameters.get("properties", {}))
        for name in arguments:
            if name not in known:
                remedy = f"use {', '.join(known)}" if known else "it takes none"
                raise ToolError(str(InvalidInput("argument", name, remedy)))
        return await super().run(arguments, *args, **kwargs)


def as_tool(function: Callable[..., Any], hints: ToolAnnotations) -> Tool:
    """A tool with a schema of its answer; its docstring and annotations are what an agent reads."""
    tool = StrictTool.from_function(_told(function), annotations=hints, structured_output=True)
    tool.parameters["additionalProperties"] = False
    return tool


def _told(function: Callable[P, R]) -> Callable[P, R]:
    """Our errors as tool errors: the SDK hides the text of any other from the client."""

    @functools.wraps(function)
    def tool(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ClausiusError as error:
            raise ToolError(str(error)) from error

    return tool

"""Functions as tools of the Model Context Protocol, with the manners that all our tools have."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import ValidationError

from .errors import ClausiusError, InvalidInput

__all__ = ["StrictTool", "as_tool"]

P = ParamSpec("P")
R = TypeVar("R")


class StrictTool(Tool):
    """A tool that refuses arguments it does not have: passed over, a filter of another name selects everything."""

    async def run(self, arguments: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Run with arguments that exist, in a line for each that does not fit. Raises `ToolError`.

        Agents write an id as a number and a list of one name as that name: both are taken for what they mean.
        """
        known = self.parameters.get("properties", {})
        for name in arguments:
            if name not in known:
                remedy = f"use {', '.join(known)}" if known else "it takes none"
                raise ToolError(str(InvalidInput("argument", name, remedy)))
        meant = {name: _meant(value, known[name]) for name, value in arguments.items()}
        try:
            self.fn_metadata.validate_arguments(meant)
        except ValidationError as error:
            raise ToolError("\n".join(_line(each) for each in error.errors())) from error
        try:
            return await super().run(meant, *args, **kwargs)
        except ToolError as error:
            # the SDK puts words of its own before what we say
            raise error.__cause__ if isinstance(error.__cause__, ToolError) else error from None


def _meant(value: Any, schema: dict[str, Any]) -> Any:
    """The value as the schema asks for it, where there is no doubt about what is meant."""
    kinds = {each.get("type"): each for each in (schema, *schema.get("anyOf", ()))}
    is_one = isinstance(value, str | int) and not isinstance(value, bool)
    if is_one and "array" in kinds and "string" not in kinds and not str(value).startswith("["):
        return [_meant(value, kinds["array"].get("items", {}))]
    if is_one and "string" in kinds and "integer" not in kinds:
        return str(value)
    if isinstance(value, list) and "array" in kinds:
        return [_meant(each, kinds["array"].get("items", {})) for each in value]
    return value


def _line(error: Any) -> str:
    """What is wrong with one argument, for a person."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"argument {name} is missing"
    return str(InvalidInput(name, error["input"], re.sub(r"^[A-Z][a-z]+ should\b", "it should", error["msg"])))


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

"""`clausius serve`: one process, two servers, one token."""

from .servers import serve, serve_api

__all__ = ["serve", "serve_api"]

"""`python -m clausius_panel` is the command `clausius`."""

from .cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()

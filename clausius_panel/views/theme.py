"""The one place for colours, sizes and type; everything drawn takes them from here.

A colour is a pair, for light and dark surfaces. In CSS it is a `light-dark()` custom property, so that the theme
is nothing but the `color-scheme` an element inherits: it changes at once and everywhere. Colour means state and
nothing else; the one accent marks what can be clicked.
"""

from __future__ import annotations

__all__ = ["COLOURS", "SIZES", "STATE_COLOURS", "contrast", "tokens"]

COLOURS: dict[str, tuple[str, str]] = {
    "page": ("#f5f6f8", "#0f1216"),
    "surface": ("#ffffff", "#161a20"),
    "raised": ("#ffffff", "#1d222a"),
    "hover": ("#f1f4f7", "#1d232b"),
    "text": ("#1b2129", "#e2e7ed"),
    "muted": ("#5a6470", "#9ba6b4"),
    "line": ("#d9dee4", "#333b46"),
    "line-soft": ("#e9ecf0", "#262d36"),
    "control": ("#868f9b", "#6b7684"),
    "accent": ("#245a8d", "#7fb3e6"),
    "accent-soft": ("#e6eff8", "#1b2b3d"),
    "on-accent": ("#ffffff", "#0f1216"),
    "track": ("#e3e7ec", "#2b323c"),
}
"""What is not a state: (light, dark)."""

STATE_COLOURS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "running": (("#176b40", "#7ed5a4"), ("#e3f3e9", "#15301f")),
    "pending": (("#7f5200", "#efc16a"), ("#fbf0d8", "#35290f")),
    "failed": (("#b0241c", "#ff9d94"), ("#fde9e7", "#3e1b18")),
    "completed": (("#4b5563", "#abb5c2"), ("#ebeef1", "#262d36")),
    "cancelled": (("#5f6874", "#98a2b0"), ("#f2f4f6", "#1e242c")),
    "transition": (("#1b5fa8", "#86b9f0"), ("#e4effb", "#16293f")),
    "held": (("#664aa0", "#c2abef"), ("#f0eafa", "#2b2241")),
    "unknown": (("#4b5563", "#abb5c2"), ("#ffffff", "#161a20")),
}
"""Family of states: text and ground, each (light, dark)."""

SIZES: dict[str, str] = {
    "sans": 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif',
    "mono": 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace',
    "body": "13px",
    "table": "12.5px",
    "label": "11.5px",
    "row": "28px",
    "bar": "44px",
    "gutter": "52px",
    "radius": "6px",
}


def tokens(selector: str = ":host") -> str:
    """The CSS custom properties, for one selector."""
    lines = [f"--{name}: {value};" for name, value in SIZES.items()]
    lines += [f"--{name}: light-dark({light}, {dark});" for name, (light, dark) in COLOURS.items()]
    for family, (text, ground) in STATE_COLOURS.items():
        lines.append(f"--{family}: light-dark({text[0]}, {text[1]});")
        lines.append(f"--{family}-ground: light-dark({ground[0]}, {ground[1]});")
    return f"{selector} {{\n  " + "\n  ".join(lines) + "\n}\n"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

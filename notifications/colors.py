"""A colour as calendars take it: RFC 7986 wants a CSS3 name, our services have "#rrggbb"."""

import colorsys
import math

_NAMED = {
    "black": 0x000000,
    "gray": 0x808080,
    "silver": 0xC0C0C0,
    "maroon": 0x800000,
    "firebrick": 0xB22222,
    "red": 0xFF0000,
    "tomato": 0xFF6347,
    "darkorange": 0xFF8C00,
    "orange": 0xFFA500,
    "gold": 0xFFD700,
    "olive": 0x808000,
    "olivedrab": 0x6B8E23,
    "green": 0x008000,
    "seagreen": 0x2E8B57,
    "limegreen": 0x32CD32,
    "teal": 0x008080,
    "darkcyan": 0x008B8B,
    "turquoise": 0x40E0D0,
    "deepskyblue": 0x00BFFF,
    "steelblue": 0x4682B4,
    "dodgerblue": 0x1E90FF,
    "royalblue": 0x4169E1,
    "mediumblue": 0x0000CD,
    "navy": 0x000080,
    "indigo": 0x4B0082,
    "rebeccapurple": 0x663399,
    "purple": 0x800080,
    "mediumorchid": 0xBA55D3,
    "mediumvioletred": 0xC71585,
    "deeppink": 0xFF1493,
    "saddlebrown": 0x8B4513,
    "chocolate": 0xD2691E,
}


def nearest(color: str) -> str:
    """The CSS3 name that looks most like "#rrggbb"."""
    wanted = _seen(int(color.removeprefix("#"), 16))
    return min(_NAMED, key=lambda name: math.dist(_seen(_NAMED[name]), wanted))


def _seen(rgb: int) -> tuple[float, float, float]:
    """A point in the cylinder of hue, saturation and lightness, where near means alike."""
    red, green, blue = rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    turn = hue * math.tau
    return saturation * math.cos(turn), saturation * math.sin(turn), lightness

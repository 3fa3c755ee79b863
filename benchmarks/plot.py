"""Bars as a picture: SVG that needs nothing, and is read on light and on dark pages."""

from collections.abc import Mapping

from jinja2 import Environment

WIDTH, LABELS, FIGURES, LINE = 760, 210, 80, 20  # pixels
_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" font-family="sans-serif" font-size="13">
<style>
  text { fill: #333 } .bar { fill: #9aa5b1 } .own { fill: #0b7285 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .bar { fill: #6b7682 } .own { fill: #3bc9db } }
</style>
{% for title, y, rows in panels %}
<text x="0" y="{{ y }}" font-weight="bold">{{ title }}</text>
{% for name, value, y, length, own in rows %}
<text x="{{ labels - 8 }}" y="{{ y + 14 }}" text-anchor="end">{{ name }}</text>
<rect class="{{ 'own' if own else 'bar' }}" x="{{ labels }}" y="{{ y + 3 }}" width="{{ length }}" height="14" rx="2"/>
<text x="{{ labels + length + 6 }}" y="{{ y + 14 }}">{{ value }}</text>
{% endfor %}
{% endfor %}
</svg>
""")


def bars(panels: Mapping[str, Mapping[str, float]], own: str) -> str:
    """A panel for each title, with a bar for each name; that of `own`, and of what begins so, has another colour."""
    drawn, y = [], LINE
    for title, values in panels.items():
        most, rows = max(values.values(), default=1.0), []
        for number, (name, value) in enumerate(values.items()):
            length = round(value / most * (WIDTH - LABELS - FIGURES), 1)
            rows.append((name, f"{value:,.0f}", y + 6 + number * LINE, length, name.startswith(own)))
        drawn.append((title, y, rows))
        y += (len(values) + 2) * LINE
    return _TEMPLATE.render(panels=drawn, width=WIDTH, height=y - LINE, labels=LABELS)

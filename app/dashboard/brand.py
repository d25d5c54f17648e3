"""The mark and the word that stand on every page, as SVG."""

from app.dashboard.theme import ACCENT, TEXT

_MARK = f"""<g fill="none" stroke="{ACCENT}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">
<path d="M2.5 16 C8 6.5 24 6.5 29.5 16 C24 25.5 8 25.5 2.5 16 Z"/>
<path d="M8.5 16 h4 l2.2 -4.6 l3.4 8.8 l2.2 -4.2 h3.2"/></g>"""

ICON = f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 32 32">{_MARK}</svg>'
"""An eye with a pulse in it."""

LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" width="186" height="64" viewBox="0 0 93 32">{_MARK}
<text x="38" y="22" fill="{TEXT}" font-family="Source Sans, Segoe UI, Liberation Sans, sans-serif"
font-size="18" font-weight="600" letter-spacing="0.6">Vigil</text></svg>"""

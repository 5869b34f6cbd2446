"""What holds for every page of Lockgate's, wide and narrow, light and dark: nothing to scroll sideways, and nothing pale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asgi.browser import Page

WIDTHS: Final = (1280, 375)
# The contrast of every text with what is behind it, but for a diagram's: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
_PALEST: Final = """
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    const own = getComputedStyle(one).backgroundColor;
    return own === 'rgba(0, 0, 0, 0)' ? ground(one.parentElement) : own;
  };
  const speaks = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    && !one.closest('.lockgate-diagram');
  return [...document.body.querySelectorAll('*')].filter(speaks).map((one) => {
    const [dark, pale] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => a - b);
    return [(pale + 0.05) / (dark + 0.05), one.outerHTML.slice(0, 80)];
  }).sort((a, b) => a[0] - b[0])[0];
})()
"""
_GROUND: Final = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
_TOO_WIDE: Final = "[document.documentElement.scrollWidth - innerWidth, innerWidth]"


async def each_look(page: Page, url: str) -> AsyncIterator[str]:
    """Open a page in each way, see that it is readable, and give the way in words. At the end no look has had a complaint."""
    for width in WIDTHS:
        for dark in (False, True):
            await page.open(url, width=width, dark=dark)
            how = f"at {width} pixels, {'dark' if dark else 'light'}"
            assert await page.evaluate(_TOO_WIDE) == [0, width], how
            assert (max(await page.evaluate(_GROUND)) < 64) is dark, how
            palest, where = await page.evaluate(_PALEST)
            assert palest >= 4.5, (how, where)
            yield how
    assert page.complaints == []

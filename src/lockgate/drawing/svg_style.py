"""How an SVG diagram looks, light and dark; every rule is within the drawing's own class, since a page may hold it."""

from typing import Final

STYLE: Final = """
.lockgate-diagram{--ground:#fff;--box:#fff;--head:#eef1f5;--line:#c3cad4;--ink:#1c2430;--dim:#5b6675;--edge:#76839a;
--added:#116329;--on-added:#dafbe1;--dropped:#a40e26;--on-dropped:#ffebe9;--changed:#7a4b00;--on-changed:#fff3cd;
background:var(--ground);font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media (prefers-color-scheme:dark){.lockgate-diagram{--ground:#0f141b;--box:#171e28;--head:#222c3a;--line:#3b4758;
--ink:#e4e9f0;--dim:#a0adbd;--edge:#8795a9;--added:#6fdd8b;--on-added:#12331d;--dropped:#ff9a94;--on-dropped:#451a1d;
--changed:#f2c14e;--on-changed:#3d2f0c}}
@media print{.lockgate-diagram{max-width:100%;height:auto;
--ground:#fff;--box:#fff;--head:#eef1f5;--line:#8a94a3;--ink:#000;--dim:#333;--edge:#444;
--added:#116329;--on-added:#dafbe1;--dropped:#a40e26;--on-dropped:#ffebe9;--changed:#7a4b00;--on-changed:#fff3cd;
print-color-adjust:exact;-webkit-print-color-adjust:exact}}
.lockgate-diagram text{fill:var(--ink);white-space:pre}
.lockgate-diagram .ground{fill:var(--ground)}
.lockgate-diagram .box{fill:var(--box);stroke:var(--line)}
.lockgate-diagram .head{fill:var(--head)}
.lockgate-diagram .name{font-weight:700}
.lockgate-diagram .dim{fill:var(--dim)}
.lockgate-diagram .edge{fill:none;stroke:var(--edge);stroke-width:1.3;stroke-linejoin:round}
.lockgate-diagram .row-added,.lockgate-diagram .head-added{fill:var(--on-added)}
.lockgate-diagram .row-dropped,.lockgate-diagram .head-dropped{fill:var(--on-dropped)}
.lockgate-diagram .row-changed,.lockgate-diagram .head-changed{fill:var(--on-changed)}
.lockgate-diagram .box-added{stroke:var(--added);stroke-width:2}
.lockgate-diagram .box-dropped{stroke:var(--dropped);stroke-width:2;stroke-dasharray:5 3}
.lockgate-diagram .box-changed{stroke:var(--changed);stroke-width:2}
.lockgate-diagram text.added{fill:var(--added)}
.lockgate-diagram text.dropped{fill:var(--dropped)}
.lockgate-diagram text.changed{fill:var(--changed)}
.lockgate-diagram .gone{text-decoration:line-through}
.lockgate-diagram .edge.added{stroke:var(--added);stroke-width:2}
.lockgate-diagram .edge.dropped{stroke:var(--dropped);stroke-width:2;stroke-dasharray:5 3}
.lockgate-diagram .edge.changed{stroke:var(--changed);stroke-width:2}
""".strip()

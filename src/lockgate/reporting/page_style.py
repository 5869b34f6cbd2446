"""How the report looks: light, dark, on a phone, and printed."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ground:#f6f7f9;--sheet:#fff;--ink:#1c2430;--quiet:#586374;--line:#dde2e9;--well:#f1f3f6;
--bad:#a40e26;--on-bad:#ffebe9;--care:#7a4b00;--on-care:#fff3cd;--good:#116329;--on-good:#dafbe1;--calm:#0a5a75;
--on-calm:#dff3fa;--link:#0b5cad;--bar-all:#c8283f;--bar-writing:#b97400;--bar-changing:#1685a8;--bar-nothing:#76839a;--bar:#8b96a8}
@media (prefers-color-scheme:dark){:root{--ground:#0a0e13;--sheet:#0f141b;--ink:#e4e9f0;--quiet:#a0adbd;--line:#2b3543;
--well:#171e28;--bad:#ff9a94;--on-bad:#451a1d;--care:#f2c14e;--on-care:#3d2f0c;--good:#6fdd8b;--on-good:#12331d;
--calm:#79cfea;--on-calm:#0e3442;--link:#8bbcff;--bar-all:#f2606c;--bar-writing:#dba030;--bar-changing:#3fa6c6;
--bar-nothing:#8795a9;--bar:#66748a}}
*,::before{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:anywhere;
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
main{padding-top:2.5rem}
h1,h2,h3,h4,p,ul,ol,figure,pre{margin:0;padding:0}
ul,ol{list-style:none}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
code{font-size:.9em}
header{padding:0 0 0 1.25rem;border-left:4px solid var(--tone)}
.lasting{--tone:var(--bad)}.brief{--tone:var(--care)}.unknown{--tone:var(--quiet)}.open{--tone:var(--good)}
.product{color:var(--quiet);font-size:.875rem;font-weight:600;letter-spacing:.03em}
h1{margin:.25rem 0 .625rem;font-size:1.5rem;line-height:1.4;font-weight:600;text-wrap:pretty}
.points{display:flex;flex-wrap:wrap;gap:.375rem .5rem;margin:.25rem 0 .75rem}
.points a{display:block;padding:.0625rem .625rem;border:1px solid var(--line);border-radius:1rem;background:var(--sheet);
color:var(--tone);font-size:.9375rem;text-decoration:none}
.points a:hover{border-color:var(--tone)}
section{margin-top:2.75rem}
h2{margin-bottom:.875rem;font-size:1.25rem;line-height:1.3}
h3{font-size:1.0625rem;line-height:1.4}
h4{margin:1.5rem 0 .5rem;font-size:.9375rem}
.quiet,.note{color:var(--quiet)}
.note{font-size:.875rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.scroll{overflow-x:auto;background:var(--sheet);border:1px solid var(--line);border-radius:.5rem}
.scroll svg{display:block}
.diagram svg{margin:0 auto;width:clamp(calc(var(--wide)*.75),100%,var(--wide));height:auto}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
figure{margin:.875rem 0}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
th,td{padding:.5rem 1rem;border-top:1px solid var(--line);text-align:left;vertical-align:baseline}
tbody th,td .weight{min-width:11rem}
thead th{border-top:0;color:var(--quiet);font-size:.8125rem;font-weight:600;white-space:nowrap}
tbody th{font-weight:400}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.mode{display:inline-block;white-space:nowrap;padding:0 .4375rem;border-radius:.25rem;font-size:.78rem;font-weight:600;
line-height:1.5rem;letter-spacing:.01em}
.mode.bars-all{background:var(--on-bad);color:var(--bad)}.mode.bars-writing{background:var(--on-care);color:var(--care)}
.mode.bars-changing{background:var(--on-calm);color:var(--calm)}.mode.bars-nothing{background:var(--well);color:var(--quiet)}
.weight{color:var(--tone)}
td .weight{display:block}
.whole{white-space:nowrap}
pre + p,.note + .scroll{margin-top:.5rem}
article{margin-top:1.25rem;padding:1.25rem 1.5rem 1.5rem;
background:var(--sheet);border:1px solid var(--line);border-radius:.625rem}
.verdicts,.plain,.changes,.findings{display:grid;gap:.5rem}
.verdicts,.verdict{margin-top:.875rem}
.verdicts li{position:relative;padding-left:1.5rem}
.verdicts b{position:absolute;left:.125rem;color:var(--tone)}
.plain li{position:relative;padding-left:1.125rem}
.plain li::before{content:"";position:absolute;left:.125rem;top:.6em;width:.375rem;height:.375rem;border-radius:50%;
background:var(--quiet)}
.plain,.changes,.plain + .plain{margin-top:.75rem}
.changes{gap:.25rem;font-size:.9375rem}
.changes li{position:relative;padding-left:1.5rem}
.changes b{position:absolute;left:.25rem}
.added{color:var(--good)}.dropped{color:var(--bad)}.changed{color:var(--care)}
.findings + details{margin-top:1.125rem}
.statements{display:grid;gap:1rem}
.no{display:inline-block;min-width:1.25rem;color:var(--ink)}
pre{margin-top:.25rem;padding:.625rem .875rem;background:var(--well);border-radius:.375rem;font-size:.84375rem;line-height:1.5;
white-space:pre-wrap;tab-size:4}
pre code{font-size:1em}
.touches{display:grid;gap:.25rem;margin-top:.375rem;font-size:.875rem}
.findings{gap:1.125rem}
.findings li{padding:.125rem 0 .125rem .875rem;border-left:3px solid var(--tone);font-size:.9375rem}
.findings p:first-child b{color:var(--tone)}
.error{--tone:var(--bad)}.warning{--tone:var(--care)}.info{--tone:var(--calm)}.allowed{--tone:var(--good)}
.hint{margin-top:.75rem}
details{margin-top:1rem}
summary{cursor:pointer;color:var(--link);font-size:.9375rem}
footer{padding-top:2.5rem;padding-bottom:3rem;color:var(--quiet);font-size:.875rem}
.time{padding:.625rem 1rem .75rem;border:1px solid var(--line);border-radius:.5rem;font-size:.84375rem;line-height:1.4}
.time .axis{display:flex;justify-content:space-between;color:var(--quiet);border-bottom:1px solid var(--line)}
.lanes{display:grid;grid-template-columns:minmax(0,1fr);gap:.3125rem;margin-top:.4375rem}
.lanes p{display:flex;gap:.125rem .375rem;align-items:baseline}
.cut{flex:0 1 auto;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.span{flex:none;color:var(--quiet)}
.time .title{margin-top:.75rem;font-weight:600}
.track{position:relative;height:.5rem;margin-top:.125rem;border-radius:.125rem;overflow:hidden;
background:linear-gradient(90deg,transparent calc(100% - 1px),var(--line) 0) 0 0/25% 100%}
.track i{position:absolute;top:0;bottom:0;border-radius:.125rem}
i.statement{background:var(--bar);top:.125rem}
b.bars-all{color:var(--bad)}b.bars-writing{color:var(--care)}b.bars-changing{color:var(--calm)}
b.bars-nothing{color:var(--quiet);font-weight:400}
i.bars-all{background:var(--bar-all)}i.bars-writing{background:var(--bar-writing)}
i.bars-changing{background:var(--bar-changing)}i.bars-nothing{background:var(--bar-nothing)}
@media (max-width:40rem){
main,footer{padding-left:1rem;padding-right:1rem}
main{padding-top:1.5rem}
h1{font-size:1.3125rem}
header{padding-left:.875rem}
article{margin-left:-1rem;margin-right:-1rem;padding:1rem;border-left:0;border-right:0;border-radius:0}
th,td{padding:.5rem .75rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,tbody th,td{display:block}
tr{padding:.5rem 0;border-top:1px solid var(--line)}
tr:first-child{border-top:0}
tbody th,td{border:0;padding:.125rem .75rem;text-align:left;min-width:0}
.number{text-align:left}
td[data-head]::before{content:attr(data-head) ": ";color:var(--quiet)}
td .weight{min-width:0}
.lanes span.cut{white-space:normal}
.lanes p:has(span.cut){flex-wrap:wrap}
.diagram svg{width:clamp(calc(var(--wide)*.9),100%,var(--wide))}
}
@media print{
:root{color-scheme:light;--ground:#fff;--sheet:#fff;--ink:#000;--quiet:#444;--line:#c5ccd6;--well:#f4f5f7;--bad:#a40e26;
--on-bad:#ffebe9;--care:#7a4b00;--on-care:#fff3cd;--good:#116329;--on-good:#dafbe1;--calm:#0a5a75;--on-calm:#dff3fa;--link:#000;
--bar-all:#c8283f;--bar-writing:#b97400;--bar-changing:#1685a8;--bar-nothing:#76839a;--bar:#8b96a8}
html{font-size:9.5pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,footer{max-width:none;padding:.5rem}
h1{font-size:15pt}
th,td{padding:.3rem .5rem;vertical-align:top}
.mode,.number,thead th{white-space:normal;overflow-wrap:normal}
tbody th{min-width:7.5rem}
td .weight{min-width:0}
.scroll{overflow:visible}
.diagram svg{width:auto;max-width:100%;height:auto}
h2,h3,h4{break-after:avoid}
.diagram,.time,tr,.statements > li,.findings > li{break-inside:avoid}
article{padding:.75rem 1rem}
details::details-content{content-visibility:visible;block-size:auto;display:block}
summary{color:var(--ink);list-style:none}
}
""".strip()

"""How the HTML report looks, on screen and on paper."""

STYLE = """
:root { --ink: #1f2a33; --faint: #5c6b75; --rule: #dfe5e8; --accent: #12806a; --ground: #f5f7f8; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 28px 48px; }
header { border-top: 4px solid var(--accent); background: #fff; border-radius: 6px; padding: 22px 28px 18px;
  box-shadow: 0 1px 2px #0001; }
.brand { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .04em; text-transform: uppercase;
  font-size: 12px; }
h1 { margin: 4px 0 6px; font-size: 27px; line-height: 1.2; }
h2 { margin: 0 0 6px; font-size: 20px; }
h3 { margin: 20px 0 6px; font-size: 14px; }
.note { max-width: 80ch; }
.how { color: var(--faint); max-width: 92ch; margin: 0 0 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 34px; margin: 14px 0 0; }
.facts dt { color: var(--faint); font-size: 12px; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
aside { border-left: 4px solid #c2781e; background: #fff8ec; border-radius: 4px; padding: 12px 20px; margin: 18px 0; }
aside h2 { font-size: 15px; }
aside ul { margin: 4px 0 0; padding-left: 20px; }
nav { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 20px 2px 0; }
a { color: var(--accent); }
section { background: #fff; border-radius: 6px; padding: 22px 28px; margin-top: 18px; box-shadow: 0 1px 2px #0001; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 12px; margin-bottom: 16px; }
.tile { border: 1px solid var(--rule); border-radius: 6px; padding: 10px 14px 12px; }
.tile h3 { margin: 0; font-size: 12.5px; font-weight: 500; color: var(--faint); min-height: 2.4em; line-height: 1.25; }
.tile p { margin: 2px 0; font-size: 26px; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile small { font-size: 13px; font-weight: 500; color: var(--faint); }
.tile span { display: block; font-size: 12px; color: var(--faint); font-variant-numeric: tabular-nums; }
.scale { position: relative; height: 5px; background: var(--rule); border-radius: 3px; margin: 6px 0; }
.scale i { position: absolute; height: 5px; background: var(--accent); opacity: .45; border-radius: 3px; }
.scale b { position: absolute; width: 3px; height: 11px; top: -3px; margin-left: -1.5px; background: var(--accent); }
.figures { display: flex; flex-wrap: wrap; gap: 14px 22px; align-items: flex-start; }
figure { margin: 0; break-inside: avoid; }
figure svg { display: block; max-width: 100%; height: auto; }
figure.wide svg { width: 100%; }
figcaption { color: var(--faint); font-size: 12.5px; padding: 2px 4px 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th { text-align: left; color: var(--faint); font-weight: 600; font-size: 12px; vertical-align: bottom; }
th, td { padding: 5px 18px 5px 0; border-bottom: 1px solid var(--rule); }
td { vertical-align: top; }
td small { color: var(--faint); white-space: nowrap; }
td.none { color: var(--faint); }
footer { color: var(--faint); font-size: 12.5px; margin: 22px 4px 0; }
@media print {
  @page { margin: 14mm; }
  body { background: #fff; font-size: 12px; }
  main { max-width: none; padding: 0; }
  header, section { box-shadow: none; border: 1px solid var(--rule); border-top-width: 3px; }
  nav { display: none; }
  tr, .tile, aside { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""

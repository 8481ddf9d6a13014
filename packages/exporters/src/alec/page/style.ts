/** The style sheet of the landing page. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#d9dee5, #333b45); --muted: light-dark(#5b6673, #9aa5b1);
  --card: light-dark(#fff, #1b2027); --healthy: #2e9e5b; --warning: #d99a14; --critical: #d64545; --accent: #3b7dd8; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f4f6f8, #12161b); }
main { max-width: 66rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: .8rem; margin: 0 0 .5rem; color: var(--muted); font-weight: 600; text-transform: uppercase; letter-spacing: .05em; }
p { margin: .25rem 0 1rem; color: var(--muted); max-width: 46rem; }
nav a { margin-right: 1rem; color: var(--accent); }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: .75rem; margin-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; min-width: 0; overflow-x: auto; }
.wide { grid-column: 1 / -1; }
.value { font-size: 1.9rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.note { color: var(--muted); font-size: .85rem; }
.dot { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; background: var(--muted); margin-right: .5rem; }
[data-zone=healthy] .dot { background: var(--healthy); } [data-zone=warning] .dot { background: var(--warning); }
[data-zone=critical] .dot { background: var(--critical); }
progress { width: 100%; height: .6rem; accent-color: var(--accent); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { text-align: left; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
th { color: var(--muted); font-size: .85rem; } td.number, th.number { text-align: right; } td:first-child { white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
.far { color: var(--critical); font-weight: 650; }
svg { width: 100%; height: 5rem; display: block; } polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
code { font-size: .9em; overflow-wrap: anywhere; }
[hidden] { display: none; }
`;

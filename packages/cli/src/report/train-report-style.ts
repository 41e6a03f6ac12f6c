/** The styles that the page of a training needs besides the style sheet of all reports. */
export const trainStyle = `
body { overflow-wrap: anywhere; }
pre { background: var(--wash); padding: .7rem 1rem; white-space: pre-wrap; }
th { font-weight: 600; }
tr.shipped > * { background: var(--wash); }
th:last-child, td:last-child { padding-right: .4rem; }
.matrix th, .matrix td { padding: .2rem .45rem; text-align: center; }
.matrix tbody th { text-align: right; max-width: 11rem; overflow: hidden; text-overflow: ellipsis; }
.matrix thead th { vertical-align: bottom; text-align: left; }
.matrix thead th:not(:first-child) span { writing-mode: vertical-rl; max-height: 9rem; overflow: hidden; text-overflow: ellipsis; }
.matrix .none { color: var(--quiet); }
.matrix .right { background: color-mix(in srgb, var(--ptu) var(--part), transparent); }
.matrix .wrong { background: color-mix(in srgb, var(--fine-tune) var(--part), transparent); }
.thumbnails { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.thumbnails li { display: flex; flex-direction: column; align-items: flex-start; font-size: .85rem; line-height: 1.35; }
.thumbnails img { background: #ffffff; margin-bottom: .3rem; }
.thumbnails span { color: var(--quiet); }
.rows { padding: 0; list-style: none; }
.rows li { display: flex; flex-direction: column; margin-bottom: .8rem; font-size: .9rem; }
.rows span { color: var(--quiet); }
svg .bar { fill: var(--share); }
svg .dot { fill: var(--share); fill-opacity: .6; }
svg .level { stroke: var(--ink); }
svg .equal { stroke: var(--ink); stroke-dasharray: 5 4; }
`

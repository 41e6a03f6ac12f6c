/** The style name of a method's colour; other methods are drawn in the colour of text. */
export const colourOf = (method: string): string => (coloured.has(method) ? `var(--${method})` : 'var(--ink)')

const coloured = new Set([
  'scratch',
  'share',
  'fine-tune',
  'freeze',
  'any',
  'share-all',
  'fine-tune-all',
  'lp-ft',
  'l2-sp',
  'mixout',
  'lora',
  'ptu',
  'ptu-three',
  'ptu-evidence',
  'ptu-fixed',
])

/**
 * The report's style sheet: colours legible on light and on dark, nothing fetched from elsewhere.
 *
 * Text in pictures is larger on narrow screens, where pictures shrink: 22 units of 720 are 11 px on a screen of 390 px. Pictures
 * of 340 units do not shrink there.
 */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ink: #1d232a; --quiet: #5b6670; --rule: #d5dbe0; --paper: #ffffff; --wash: #f3f5f7;
  --scratch: #6b7280; --share: #1d5fb4; --fine-tune: #b4500d; --any: #3f3f46;
  --freeze: #0f6f7d; --share-all: #4a3fb5; --fine-tune-all: #a3245c;
  --lp-ft: #a12626; --l2-sp: #6b5428; --mixout: #7a4b8c; --lora: #33696e; --ptu-evidence: #3f7d0c;
  --ptu: #0b7a4b; --ptu-three: #8a3ea8; --ptu-fixed: #8a6d00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8ecef; --quiet: #a2adb6; --rule: #39424a; --paper: #14181c; --wash: #1d2328;
    --scratch: #a3abb5; --share: #74b0ff; --fine-tune: #ff9d5c; --any: #d4d4d8;
    --freeze: #5fd3e0; --share-all: #b1a8ff; --fine-tune-all: #ff8fbd;
    --lp-ft: #f0a3a3; --l2-sp: #c8b28a; --mixout: #cfa9e0; --lora: #9fc5c9; --ptu-evidence: #9be36b;
    --ptu: #4fd39a; --ptu-three: #d79bf0; --ptu-fixed: #e3c24a;
  }
}
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.verdict { background: var(--wash); border-left: 4px solid var(--ptu); padding: .7rem 1rem; }
.warning { border-left: 4px solid var(--fine-tune); padding: .7rem 1rem; background: var(--wash); }
.quiet, figcaption { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--share); }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 0; } .gates { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
svg { max-width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
@media (max-width: 600px) { svg text { font-size: 22px; } }
@media (max-width: 600px) { svg[width="340"] text { font-size: 12px; } }
svg .tick { fill: var(--quiet); }
svg .grid { stroke: var(--rule); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
`

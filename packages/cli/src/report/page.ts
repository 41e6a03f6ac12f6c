import { escape, type Markup } from './markup.ts'

/** A self-contained document: its style is in it, and nothing is fetched. */
export const htmlPage = (title: string, style: string, body: Markup): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
${body.markup}
</body>
</html>
`

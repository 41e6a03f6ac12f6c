import { reportFromPage } from '@ptu/testing'

/** The problems that keep people from reading a page that is so many pixels wide in Chromium: contrast, small or cut text, missing names. */
export const readingProblems = (page: string, width: number): Promise<readonly string[]> =>
  reportFromPage((path) =>
    Promise.resolve(
      path === '/' ? ['text/html', driverOf(width)] : path === '/page.html' ? ['text/html', page] : undefined,
    ),
  )

/** Opens the page and reports what would keep people from reading it. */
const driverOf = (
  width: number,
): string => `${opened(width)}${checks}await fetch('/done', { method: 'POST', body: JSON.stringify([...new Set(problems)]) })
</script>`

const opened = (width: number): string => `<!doctype html><body><script type="module">
const frame = Object.assign(document.createElement('iframe'), { src: '/page.html', width: ${width}, height: 800 })
frame.style.border = '0'
await new Promise((settle) => { frame.onload = settle; document.body.append(frame) })
const page = frame.contentDocument
const all = (what) => [...page.querySelectorAll(what)]
const problems = []
const expectThat = (holds, what) => { if (!holds) problems.push(what) }
`

const checks = `
expectThat(page.documentElement.lang === 'en' && page.title !== '', 'a language and a title')
expectThat(all('main').length === 1 && all('h1').length === 1, 'one main part with one heading')
all('h1,h2,h3').reduce((before, { tagName, textContent }) => {
  const level = Number(tagName[1])
  expectThat(level <= before + 1, 'heading skips a level: ' + textContent)
  return level
}, 0)
for (const image of all('img')) expectThat(image.hasAttribute('alt') && image.naturalWidth > 0, 'an image without text or pixels')
for (const picture of all('svg')) expectThat(picture.getAttribute('role') === 'img' && picture.getAttribute('aria-label'), 'a picture without a name')
for (const table of all('table')) {
  expectThat(table.caption?.textContent, 'a table without a caption')
  for (const head of table.querySelectorAll('th')) expectThat(head.scope, 'a head without a scope: ' + head.textContent)
}
for (const part of all('.scroll')) expectThat(part.tabIndex === 0 && part.ariaLabel && part.getAttribute('role') === 'region', 'a part that scrolls by mouse alone')
const { scrollWidth, clientWidth } = page.scrollingElement
expectThat(scrollWidth <= clientWidth, 'the page is ' + scrollWidth + ' wide of ' + clientWidth)
const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })
const painted = (colours) => {
  canvas.clearRect(0, 0, 1, 1)
  for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1) }
  const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => channel(value / 255))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const under = (node) => (node === null ? ['#fff'] : [...under(node.parentElement), frame.contentWindow.getComputedStyle(node).backgroundColor])
for (const node of all('body *')) {
  if (node.tagName === 'title') continue
  if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '')) continue
  const style = frame.contentWindow.getComputedStyle(node)
  const isDrawn = node.namespaceURI.includes('svg')
  const [ink, paper] = [painted([...under(node), isDrawn ? style.fill : style.color]), painted(under(node))]
  const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
  expectThat(contrast >= 4.5, 'contrast ' + contrast.toFixed(1) + ': ' + node.textContent)
  const scale = isDrawn ? node.ownerSVGElement.getBoundingClientRect().width / node.ownerSVGElement.viewBox.baseVal.width : 1
  expectThat(parseFloat(style.fontSize) * scale >= 10, 'text of ' + parseFloat(style.fontSize) * scale + ' px: ' + node.textContent)
}
for (const text of all('svg text')) {
  const [own, whole] = [text, text.ownerSVGElement].map((node) => node.getBoundingClientRect())
  expectThat(own.left >= whole.left - 2 && own.right <= whole.right + 2 && own.bottom <= whole.bottom + 2, 'text is cut off: ' + text.textContent)
}
`

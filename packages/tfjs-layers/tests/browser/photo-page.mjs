// Runs in a real browser, in a page that has tfjs and the model folder: parity, pixels, and the sample page as a user has it.
const { pixelsOf } = await import(new URL('/folder/pixels.js', location.href).href)

const { tf } = globalThis

/** The result of a step, or an error that names the step if it takes too long. */
const within = (step, promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error(`${step} hangs`)), 20_000))])

const probabilities = async (model, pixels, shape) => {
  const x = tf.tensor(pixels, [1, ...shape], 'float32')
  return [...(await model.predict(x).data())]
}

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

/** Drops a file into the sample page and gives what it then says. */
const sampled = async (blob) => {
  const frame = document.createElement('iframe')
  const loaded = new Promise((settle) => frame.addEventListener('load', settle))
  frame.src = '/folder/index.html'
  document.body.append(frame)
  await loaded
  const page = frame.contentDocument
  const says = async (text) => {
    const status = page.getElementById('status')
    for (let tries = 0; !status.textContent.includes(text); tries++) {
      if (tries > 500) throw new Error(`the sample page says: ${status.textContent}`)
      await new Promise((settle) => setTimeout(settle, 20))
    }
  }
  await says('Ready')
  const files = new DataTransfer()
  files.items.add(new File([blob], 'picture.png', { type: 'image/png' }))
  page.getElementById('file').files = files.files
  page.getElementById('file').dispatchEvent(new Event('change'))
  await says('Most likely')
  return { status: page.getElementById('status').textContent, rows: page.getElementById('answer').innerText }
}

const report = async () => {
  const model = await within('loading', tf.loadLayersModel('/folder/model.json'))
  const { labels, photo } = model.getUserDefinedMetadata()
  const parity = await (await fetch('/folder/parity.json')).json()
  const found = []
  for (const { pixels } of parity.examples)
    found.push(await within('predicting', probabilities(model, bytes(pixels), parity.shape)))
  const pictures = {}
  for (const name of ['opaque', 'translucent']) {
    const blob = await (await fetch(`/picture/${name}.png`)).blob()
    pictures[name] = [...(await within(name, pixelsOf(blob, photo)))]
  }
  const opaque = await (await fetch('/picture/opaque.png')).blob()
  const image = Object.assign(new Image(), { src: '/picture/opaque.png' })
  await image.decode()
  pictures.image = [...(await within('image', pixelsOf(image, photo)))]
  return { backend: tf.getBackend(), labels, found, pictures, sample: await sampled(opaque) }
}

const answer = await report().catch((error) => ({ error: String(error.stack ?? error) }))
await fetch('/done', { method: 'POST', body: JSON.stringify(answer) })

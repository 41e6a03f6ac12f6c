/** The address from which the sample page loads TensorFlow.js, unless another is given. */
const published = 'https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4.22.0/dist/tf.min.js'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' }

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>What is in this picture?</title>
    <style>
      body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1.1rem/1.5 system-ui, sans-serif; }
      #drop { display: block; padding: 2rem; border: 2px dashed #666; text-align: center; }
      #drop:focus-within { outline: 3px solid #05c; }
      img { max-width: 100%; max-height: 20rem; }
      th { text-align: left; padding-right: 2rem; }
    </style>
    <script src="TENSORFLOW"></script>
  </head>
  <body>
    <h1>What is in this picture?</h1>
    <label id="drop">Choose a picture or drop one here <input id="file" type="file" accept="image/*" /></label>
    <p id="status" role="status">Loading the model …</p>
    <img id="picture" alt="The picture you chose" hidden />
    <table>
      <caption hidden>Probabilities</caption>
      <tbody id="answer"></tbody>
    </table>
    <script type="module">
      import { pixelsOf } from './pixels.js'

      const at = (id) => document.getElementById(id)
      const say = (text) => (at('status').textContent = text)
      const model = await tf.loadLayersModel('./model.json').catch((cause) => say(\`The model does not load: \${cause.message}\`))
      const { labels, photo } = model.getUserDefinedMetadata()

      const answer = async (file) => {
        const x = tf.tensor(await pixelsOf(file, photo), [1, ...photo.size, photo.channels], 'float32')
        const y = model.predict(x)
        const found = [...(await y.data())].map((p, i) => [labels[i], p]).sort(([, a], [, b]) => b - a)
        tf.dispose([x, y])
        at('picture').src = URL.createObjectURL(file)
        at('picture').hidden = false
        at('answer').replaceChildren()
        for (const [label, p] of found.slice(0, 5)) {
          const row = at('answer').insertRow()
          row.append(Object.assign(document.createElement('th'), { scope: 'row', textContent: label }))
          row.insertCell().textContent = \`\${(100 * p).toFixed(1)} %\`
        }
        say(\`Most likely: \${found[0][0]}\`)
      }
      const take = ([file]) => file && answer(file).catch(() => say('This file cannot be read as a picture.'))
      at('file').addEventListener('change', () => take(at('file').files))
      addEventListener('dragover', (event) => event.preventDefault())
      addEventListener('drop', (event) => (event.preventDefault(), take(event.dataTransfer.files)))
      say('Ready.')
    </script>
  </body>
</html>
`

/**
 * The text of a sample page, which loads the model beside it and labels pictures. `tfjs` is the address of a script.
 */
export const indexHtml = (tfjs: string = published): string =>
  page.replace('TENSORFLOW', () => tfjs.replaceAll(/[&"<>]/g, (character) => escapes[character] ?? ''))

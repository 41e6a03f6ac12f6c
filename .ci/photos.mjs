// Acts as someone with photos: trains on six folders of twenty pictures, kills it on the way, goes on, labels new ones, asks what
// the model leans on, and reads the page at two widths in Chromium.
// Pictures are Tux Paint's stamps (Debian: tuxpaint-stamps-default), weights torchvision's MobileNetV2 (npm run fetch-weights).
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const stamps = '/usr/share/tuxpaint/stamps'
const weights = join(root, 'node_modules/.cache/ptu-weights/mobilenet_v2-b0353104.pth')
const classes = ['animals', 'clothes', 'food', 'household', 'plants', 'vehicles']

for (const path of [stamps, weights])
  if (!existsSync(path)) {
    console.log(`${path} is not there: the training on photos is skipped`)
    process.exit(0)
  }

const folder = mkdtempSync(join(tmpdir(), 'ptu-photos-'))
const command = join(root, 'packages/cli/bin/ptu.js')
const ptu = (...args) =>
  execFileSync(process.execPath, [command, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })

try {
  for (const name of classes) {
    const files = readdirSync(join(stamps, name), { recursive: true })
      .filter((file) => file.endsWith('.png'))
      .toSorted()
    for (const [part, some] of Object.entries({ photos: files.slice(0, 20), new: files.slice(-8) })) {
      mkdirSync(join(folder, part, name), { recursive: true })
      for (const [i, file] of some.entries())
        copyFileSync(join(stamps, name, file), join(folder, part, name, `${i}-${basename(file)}`))
    }
  }
  const args = ['train', 'photos', '--model', weights, '--input', '96x96', '--minutes', '5', '--out', 'model']
  const killed = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: 'ignore' })
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  killed.kill('SIGKILL')
  const trained = JSON.parse(ptu(...args, '--resume', '--json'))
  const { images } = JSON.parse(ptu('predict', 'model', 'new', '--json'))
  const right = images.filter(({ path, classes: [first] }) => path.includes(`/new/${first.name}/`)).length
  const [shipped] = trained.methods
  assert.ok(shipped.accuracy > 0.65, `held-out accuracy ${shipped.accuracy}`)
  assert.ok(right / images.length > 0.6, `${right} of ${images.length} new pictures are right`)
  assert.equal(JSON.parse(readFileSync(join(folder, 'model/parity.json'), 'utf8')).examples.length, 10)
  const { leaning, units, changes, answers } = JSON.parse(
    ptu('explain', 'model', '--data', 'new', '--quick', '--out', 'explained.html', '--json'),
  )
  assert.equal(leaning.kind, 'pictures')
  assert.equal(changes.blocks.length, 19)
  assert.ok(units.classes.length > 1 && Object.values(answers).every((answer) => answer.length > 40))
  execFileSync('npx', ['vitest', 'run', '--project', 'unit', 'packages/cli/tests/given-page.test.ts'], {
    cwd: root,
    env: { ...process.env, PTU_PAGE: join(folder, 'explained.html') },
    stdio: 'inherit',
  })
  console.log(
    `${shipped.method}: ${(100 * shipped.accuracy).toFixed(1)} % held out, ${right} of ${images.length} new pictures right, ` +
      `${trained.seconds.toFixed(0)} s after it was killed`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Cases of what reaches the terminal. */
import { encodeParams } from '@ptu/tensor'
import { ones } from '@tensorflow/tfjs-core'

import { small } from '../box.mjs'
import { check, decent } from '../checks.mjs'

const escape = '\u001b[2J\u0007'

const classNames = async (box) => {
  box.write(
    'to.csv',
    box.read('to.csv').toString().replaceAll(',dog', `,${escape}dog`).replaceAll(',eel', ',\u009b31meel'),
  )
  decent(await box.ptu(`transfer ${small} --steps 5 --out @t`), { codes: [0] })
  const ended = await box.ptu('evaluate @t/model.safetensors --data @to.csv --backend cpu')
  decent(ended, { codes: [0] })
  check(ended.stdout.includes('dog'), 'the class is not named')
  decent(await box.ptu('inspect @t/model.safetensors --backend cpu'), { codes: [0] })
  decent(await box.ptu(`compare ${small} --strategies share --seeds 1 --steps 5 --out @c`), { codes: [0] })
  return 'shown, not sent'
}

const fileNames = async (box) => {
  const name = `a${escape}.csv`
  box.write(name, 'a,b,kind\n1,x,y\n')
  for (const args of [
    ['inspect', box.at(name)],
    ['evaluate', box.at('model'), '--data', box.at(name)],
    ['evaluate', box.at(name), '--data', box.at('to.csv')],
    ['compare', '--config', box.at(name)],
    ['compare', `--${escape}`],
  ])
    decent(
      await box.shell('exec $PTU "${@}"'.replace('"${@}"', args.map((_, i) => `"$A${i}"`).join(' ')), {
        env: Object.fromEntries(args.map((text, i) => [`A${i}`, text])),
      }),
      { codes: [1, 2] },
    )
  return 'shown, not sent'
}

const layerNames = async (box) => {
  box.write(
    'net.safetensors',
    await encodeParams({ [`${escape}fc.weight`]: ones([3, 2]), [`${escape}fc.bias`]: ones([3]) }),
  )
  decent(await box.ptu('inspect @net.safetensors --backend cpu'), { codes: [0, 1] })
  decent(await box.ptu('transfer --model @net.safetensors --target @to.csv --shots 5 --out @o'), { codes: [1, 2] })
  return 'shown, not sent'
}

/** The cases of control characters. */
export const terminalCases = [
  { name: 'escapes-in-classes', what: 'escape sequences in the names of classes', limit: 120, run: classNames },
  { name: 'escapes-in-files', what: 'escape sequences in the names of files and options', limit: 120, run: fileNames },
  { name: 'escapes-in-layers', what: 'escape sequences in the names of layers', limit: 120, run: layerNames },
]

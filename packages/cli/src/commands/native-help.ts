import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from '../answer.ts'
import { packageFile } from '../package-file.ts'

const script = packageFile('scripts/backends.mjs')

const recipe = `The fast backends come from packages that ptu does not install for you.

Native, the usual way:
  npm install @tensorflow/tfjs-node        TensorFlow's C library on the CPU
  npm install @tensorflow/tfjs-node-gpu    the same with CUDA 11.2 and cuDNN 8.1
Their installation downloads libtensorflow 2.9.1. On Node 23 and newer ptu supplies the two functions they miss.

Native, where that download fails (Linux on x86-64, needs g++ and tar):
  node ${script} tensorflow tensorflow-gpu
It takes TensorFlow's C library from PyPI's wheel tensorflow-cpu, compiles the binding of both packages against it, and
prints the variable PTU_BACKENDS to set. Both then run on the CPU.

Native, where the GPU is newer than libtensorflow 2.9.1 (built for CUDA 11; Ada and Hopper came later). UNTESTED: nobody
here had such a machine.
  python3 -m venv tf && tf/bin/pip install 'tensorflow[and-cuda]==2.15.1'
  node ${script} tensorflow-gpu --site-packages tf/lib/python3.*/site-packages
The binding then finds CUDA 12 and cuDNN in those packages of pip. The first run may compile kernels for minutes;
CUDA_CACHE_MAXSIZE=4294967296 keeps them. ptu doctor says whether the GPU is used.

WebGPU in Node, for a GPU of any vendor (Vulkan, Metal or Direct3D 12):
  npm install webgpu @tensorflow/tfjs-backend-webgpu
or, leaving your lock file alone:
  node ${script} webgpu

Check with: ptu doctor`

/** Says how to install the backends that npm alone does not bring. */
export const nativeHelpCommand: Command = () => TE.right({ text: recipe, json: { recipe, script } })

import { key } from '@ptu/core'
import { dense } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, transfer, uniformPlan } from '@ptu/strategies'
import { normal } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'
await useBackend('wasm')()
const body = lenet([16, 32, 64]); const input=[96,96,3]
const source = freeze(body, initBody(body, key(1), input))
const model = transfer(source, { blocks: uniformPlan(source, fineTune), head: dense(5) })
const objective = { model, loss: crossEntropy, optimizer: adam(4e-3), average: {decay:.98} }
const mk = (n) => { const x = normal(key(2), [n, ...input]); const y = tf.oneHot(Array.from({length:n},(_, i)=>i%5),5).toFloat(); return {x: model.encode(x), y} }
const sum = () => {}
const kinds = { 'whole 64': [64], 'half 32': [32], 'half 32 replica': [32, {replica:{rank:0,count:1,sum}, weight:1}] , 'one example': [1]}
const t = {}
for (const [k,[n,share]] of Object.entries(kinds)) { const b = mk(n); let state = start(objective, key(3), input); t[k] = {b, share, state, taken: []} }
for (let r=0;r<8;r++) for (const [k,c] of Object.entries(t)) { const b4=process.cpuUsage(); for (let i=0;i<3;i++){ const nx = step(objective)(c.state, c.b, {steps:1000, ...(c.share&&{share:c.share})}); nx.loss.dataSync(); nx.loss.dispose(); c.state = nx.state } const u=process.cpuUsage(b4); c.taken.push((u.user+u.system)/3000) }
for (const [k,c] of Object.entries(t)) console.log(k, c.taken.slice(2).sort((a,b)=>a-b).map(x=>x.toFixed(1)).join(' '))

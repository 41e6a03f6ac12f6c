import { readFileSync } from 'node:fs'
const memory = new WebAssembly.Memory({ initial: 2000 })
const load = (dir) => { const t=readFileSync(`${dir}/simd.ts`,'utf8'); const b=Buffer.from(t.match(/'([^']+)'/)[1],'base64'); return new WebAssembly.Instance(new WebAssembly.Module(b),{env:{memory}}).exports }
const old = load('/tmp/generated-before'), now = load('/work/main/packages/wasm-kernels/src/generated')
const f = new Float32Array(memory.buffer); for (let i=0;i<f.length;i++) f[i]=((i*2654435761)>>>8)/2**23-1
const med=a=>[...a].sort((p,q)=>p-q)[a.length>>1]
const cases=[[28,1,16,3,1],[28,1,32,5,1],[14,16,32,3,1],[14,32,64,3,1],[7,64,64,3,1],[8,32,64,3,1],[4,64,64,3,1],[5,64,64,3,1],[6,64,64,3,1],[28,16,32,3,2],[14,32,64,3,2],[32,3,16,3,1]]
for (const [hw,ci,co,k,s] of cases) {
  const B=32, pad = s===1? (k-1)>>1 : 0, out = Math.ceil(hw/s)
  const w=1024; new Int32Array(memory.buffer,w,15).set([B,hw,hw,ci,out,out,co,k,k,s,s,1,1,pad,pad])
  const x=1<<16, dy=x+4*B*hw*hw*ci+64, dw=dy+4*B*out*out*co+64, scratch=(dw+4*k*k*ci*co+1024)&~15
  const flops=B*out*out*co*k*k*ci; const reps=Math.max(1,Math.round(4e7/flops))
  const t={o:[],n:[]}
  for(let r=0;r<40;r++) for(const [key,m] of r%2?[['n',now],['o',old]]:[['o',old],['n',now]]){ const c=process.cpuUsage(); for(let i=0;i<reps;i++) m.convFilterGradient(w,x,dy,dw,scratch); const d=process.cpuUsage(c); t[key].push((d.user+d.system)/1000/reps) }
  const ratios=t.o.map((o,i)=>t.n[i]/o)
  console.log(`${hw}x${hw} ${ci}->${co} k${k} s${s}`.padEnd(24), med(t.o).toFixed(3), med(t.n).toFixed(3), 'ratio', (med(t.n)/med(t.o)).toFixed(3), 'paired', med(ratios).toFixed(3))
}

const base='/tmp/wt/dapi/';
const { startDapiCluster, clientOf, AGENT_OF } = await import(base+'test/bench/dapi/dapi-cluster.ts');
const { musterSystem } = await import(base+'test/bench/systems/muster.ts');
const { sources } = await import(base+'test/bench/installation.ts');
const inst = sources;
const cluster = await startDapiCluster({ system: musterSystem(inst), profilePrefix: null });
const client = await clientOf(cluster.worker);
const N=6000;
async function run(n:number,k:number){let left=n;const t=performance.now();await Promise.all(Array.from({length:k},async()=>{while(left>0){left--;await client.ask('test.agents',{agents:[AGENT_OF.worker2]});}}));return (performance.now()-t)/1000;}
await run(4000,64);
const cpu=()=>cluster.nodes.map((n:any)=>n.usage.cpuSeconds).concat(process.cpuUsage().user/1e6+process.cpuUsage().system/1e6);
const b=cpu(); const s=await run(N,64); const a=cpu();
console.log('rate',(N/s).toFixed(0),'cpu us/request master,w1,w2,client:',a.map((x:number,i:number)=>((x-b[i])/N*1e6).toFixed(0)).join(' '));
const trips=[];for(let i=0;i<1500;i++){const t=performance.now();await client.ask('test.agents',{agents:[AGENT_OF.worker2]});trips.push(performance.now()-t);}
trips.sort((x,y)=>x-y);console.log('median',trips[750].toFixed(2),'p99',trips[1485].toFixed(2));
await client.close(); await cluster.close(); inst.remove?.();

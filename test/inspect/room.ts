import { type AnyActorRef, createActor, setup } from 'xstate';
import { permissionMachine } from '../../machines/integrity/permission.ts';
import { Tap } from '../../src/inspect/tap.ts';

const permission = permissionMachine.provide({
  actions: { answer: () => {}, refuseBegin: () => {}, logExpired: () => {} },
});

/** A root with the lock of one connection below it: as little of a node as can be watched. */
export function room() {
  const locked = { connectionId: 7, maxLockedMs: 1_000_000, grantTimeoutMs: 1_000_000 };
  const house = setup({ actors: { permission } }).createMachine({
    id: 'master',
    invoke: { src: 'permission', id: 'permission', input: locked },
    initial: 'alive',
    states: { alive: { initial: 'running', states: { running: {} } } },
    on: { 'permission.begun': {} },
  });
  const root = createActor(house);
  const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
  tap.attach(root);
  root.start();
  const lock = root.getSnapshot().children.permission as AnyActorRef;
  const ask = (digest = 'd') => lock.send({ type: 'permission.ask', counter: 1, inStep: false, digest });
  const begin = () => lock.send({ type: 'permission.begin', counter: 2, needsNone: false });
  const release = () => lock.send({ type: 'permission.release' });
  return { root, tap, lock, ask, begin, release };
}

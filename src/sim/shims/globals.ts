import { type Timer, world } from '../world.ts';

/** Time and chance in a simulated world, under the names of the globals. */

const RealDate = globalThis.Date;

class SimulatedDate extends RealDate {
  constructor(...args: never[]) {
    if (args.length === 0) super(world().wallMs);
    else super(...(args as unknown as [number]));
  }

  static override now(): number {
    return world().wallMs;
  }
}

export { SimulatedDate as Date };

const RealMath = globalThis.Math;
const SimulatedMath: typeof globalThis.Math = Object.create(RealMath, {
  random: { value: () => world().random('math')() },
});

export { SimulatedMath as Math };

/** Every node is the only process of its machine. */
const PID = 1;
const simulatedProcess: typeof globalThis.process = Object.create(globalThis.process, {
  pid: { value: PID },
});

export { simulatedProcess as process };

/** Never goes back, as the one of Node. */
export const performance = { now: () => world().nowMs };

const RealSignal = globalThis.AbortSignal;
const SimulatedSignal: typeof globalThis.AbortSignal = Object.create(RealSignal, {
  timeout: {
    value(delayMs: number): AbortSignal {
      const controller = new AbortController();
      const late = () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError'));
      world().after(delayMs, late);
      return controller.signal;
    },
  },
});

export { SimulatedSignal as AbortSignal };

type Task = (...args: unknown[]) => void;

/** What a timer of Node can be asked. */
class Handle {
  timer: Timer | null = null;
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  hasRef() {
    return true;
  }
}

export function setTimeout(task: Task, delayMs = 0, ...args: unknown[]): Handle {
  const handle = new Handle();
  handle.timer = world().after(Math.max(1, delayMs), () => task(...args));
  return handle;
}

export function clearTimeout(handle: Handle | null | undefined): void {
  world().cancel(handle?.timer);
}

export function setInterval(task: Task, delayMs = 0, ...args: unknown[]): Handle {
  const handle = new Handle();
  const next = () => {
    handle.timer = world().after(Math.max(1, delayMs), () => {
      next();
      task(...args);
    });
  };
  next();
  return handle;
}
export const clearInterval = clearTimeout;

export const setImmediate = (task: Task, ...args: unknown[]): Timer => world().after(0, () => task(...args));

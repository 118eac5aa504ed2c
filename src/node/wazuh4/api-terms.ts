import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Args4 } from './terms.ts';

type Request = ArgsOf<'dapi'>['request'];
type Request4 = Args4<'dapi'>['request'];

/** How requests of the distributed API are called on the other side. */
export interface ApiTerms {
  /** A request of ours. Throws 3018 for one that has no name there. */
  say(request: Request): Request4;
  /** A request of the peer's. Throws 3300 for what is not on the list. */
  understand(request: Request4): Request;
}

export const apiTerms: ApiTerms = {
  say({ method }) {
    throw new MusterError(3018, `a node of Wazuh 4.x has no ${method}`);
  },
  understand({ f: { module, qualname } }) {
    throw new MusterError(3300, `${module}.${qualname}`);
  },
};

import { musterTongue } from './muster-tongue.ts';
import type { Target, Tongue } from './target.ts';
import { wazuh4Tongue } from './wazuh4-tongue.ts';

export function tongueOf(target: Target): Tongue {
  return target.dialect === 'muster' ? musterTongue(target) : wazuh4Tongue(target);
}

import type { Mutation } from '../../src/sim/realm.ts';

/** What a node says before it goes round. */
export const GOES_ROUND = 'it goes round';

/** A wrong that lets each node say so at its start, and then do this for ever. */
export const goesRound = (loop: string): Mutation => ({
  file: 'src/node/open-services.ts',
  text: '  prepareSpool(config.home);\n',
  wrong: `  log.tagged('Test', 'Loop').info('${GOES_ROUND}'); ${loop}\n`,
});

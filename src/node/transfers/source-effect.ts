import { fromCallback } from 'xstate';
import type { SourceCommand, SourceEvent } from '../../../machines/transfer/source.ts';
import { asFailure } from '../effects/failures.ts';
import type { Source } from './source.ts';

/** A source as an effect. One that cannot even begin is reported like one that broke. */
export const sourceEffect = <Input>(build: (input: Input, emit: (event: SourceEvent) => void) => Source) =>
  fromCallback<SourceCommand, Input>(({ input, receive, sendBack }) => {
    const emit = (event: SourceEvent) => sendBack(event);
    try {
      const source = build(input, emit);
      receive((command) => source.command(command));
      return () => source.dispose();
    } catch (error) {
      emit({ type: 'source.broken', failure: asFailure(error) });
      receive((command) => {
        if (command.type === 'source.withdraw') emit({ type: 'source.withdrawn' });
      });
      return () => {};
    }
  });

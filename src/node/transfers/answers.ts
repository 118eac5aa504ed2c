import type { Failure } from '../../../machines/failure.ts';
import { asError } from '../effects/failures.ts';
import type { TransferChannels } from './ports.ts';

interface Address {
  connectionId: number;
  counter: number;
}

/** The answers that transfers give. Who asked over a connection that is gone needs none. */
export const answers = (channels: TransferChannels) => ({
  acceptFile: (
    _: unknown,
    { connectionId, counter, handle, offset }: Address & { handle: number; offset: number },
  ) => channels.find(connectionId)?.reply<'new_file'>(counter, { handle, offset }),
  acceptString: (_: unknown, { connectionId, counter, handle }: Address & { handle: number }) =>
    channels.find(connectionId)?.reply<'new_str'>(counter, { handle }),
  acknowledgeEnd: (_: unknown, { connectionId, counter }: Address) =>
    channels.find(connectionId)?.reply<'file_end'>(counter, {}),
  acknowledgeCancel: (_: unknown, { connectionId, counter }: Address) =>
    channels.find(connectionId)?.reply<'cancel_task'>(counter, {}),
  answerErrStr: (_: unknown, { connectionId, counter, handle }: Address & { handle: number | null }) =>
    channels.find(connectionId)?.reply<'err_str'>(counter, { handle }),
  refuse: (_: unknown, { connectionId, counter, failure }: Address & { failure: Failure }) =>
    channels.find(connectionId)?.fail(counter, asError(failure)),
});

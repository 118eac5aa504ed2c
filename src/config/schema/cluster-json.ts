import { z } from 'zod';
import { defaultFiles, filesSection } from './files.ts';
import { communicationIntervals, masterIntervals, workerIntervals } from './intervals.ts';
import { flag } from './setting.ts';

/** cluster.json as a whole. Every part may be absent; unknown keys are warned about, since existing installations differ. */
export const clusterJsonSchema = z
  .object({
    files: filesSection.prefault(
      () => structuredClone(defaultFiles) as unknown as z.input<typeof filesSection>,
    ),
    intervals: z
      .object({
        worker: workerIntervals.prefault({}),
        master: masterIntervals.prefault({}),
        communication: communicationIntervals.prefault({}),
      })
      .prefault({}),
    distributed_api: z
      .object({
        enabled: flag({
          default: true,
          about:
            'With `false` every node answers requests by itself, from what it knows, and passes none on: a worker then knows its own agents only.',
          raise: '',
          lower: '',
        }),
      })
      .prefault({}),
  })
  .superRefine((file, context) => {
    const { max_zip_size: max, min_zip_size: min } = file.intervals.communication;
    if (min > max) {
      context.addIssue({
        code: 'custom',
        path: ['intervals', 'communication', 'min_zip_size'],
        message: `at most max_zip_size, which is ${max}`,
      });
    }
  });

export type ClusterJson = z.output<typeof clusterJsonSchema>;

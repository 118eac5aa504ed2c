/**
 * States of somebody who asks for a permission again that has to be free, behind the end of a process. `mayRefuse`: the
 * guard by which it may be refused all the same.
 */
export const askedAgain = <MayRefuse extends string>(mayRefuse: MayRefuse) =>
  ({
    askedAgain: {
      on: {
        'hear.ok.granted': 'answeredAgain',
        'hear.ok.refused': { guard: mayRefuse, target: 'answeredAgain' },
      },
    },
    answeredAgain: {},
  }) as const;

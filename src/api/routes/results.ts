import { z } from 'zod';
import { type MethodName, methods } from '../../requests/methods.ts';

/** The schema of a method's result. */
export const resultOf = (method: MethodName): z.ZodType => methods[method].result;

/** The schema of one item of the result of a method that is about items. */
export function itemOf(method: MethodName): z.ZodType {
  const result: z.ZodType = methods[method].result;
  const items = result instanceof z.ZodObject ? result.shape.items : undefined;
  if (!(items instanceof z.ZodArray)) throw new Error(`${method} is not about items`);
  return items.element as z.ZodType;
}

const anyObject = z.record(z.string(), z.unknown());

/** The same with these keys as objects that may hold anything. */
export function openItemOf(method: MethodName, open: readonly string[]): z.ZodType {
  const item = itemOf(method);
  if (!(item instanceof z.ZodObject)) throw new Error(`the items of ${method} are no objects`);
  return item.extend(Object.fromEntries(open.map((key) => [key, anyObject])));
}

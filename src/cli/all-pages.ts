/** Items that are asked for at a time. */
const PAGE_ITEMS = 1_000;

/** All items of a list, page by page. What comes or goes meanwhile may be there twice, or not at all. */
export async function allPages<T>(
  read: (page: { offset: number; limit: number }) => Promise<{ items: T[]; totalItems: number }>,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const { items, totalItems } = await read({ offset: all.length, limit: PAGE_ITEMS });
    all.push(...items);
    if (items.length === 0 || all.length >= totalItems) return all;
  }
}

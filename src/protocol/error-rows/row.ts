/** One code: its short name, the first words of its messages, when it happens, and what to do about it. */
export type ErrorRow = readonly [name: string, text: string, meaning: string, remedy: string];

/** Codes of one subject, by number. */
export type ErrorRows = Readonly<Record<number, ErrorRow>>;

/** A text as a literal of SQL. Ids cannot hold a quote; nothing but this relies on that. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A packed record: the readings of messages that came together, in columns, little-endian. Rows are readings, received
 * ones first, derived ones behind them, both in the order of their messages.
 *
 *     u8 version (JSON begins otherwise), 3 × 0, u32 rows, f64 receivedAt,
 *     u32 received rows, u32 messages, u32 bytes of the names, u32 0
 *     f64 at [rows], f64 value [rows], u32 reasons [rows],
 *     u16 device, u16 received rows, u16 derived rows [messages each], u8 metric, u8 flag [rows each],
 *     names: keys of devices, line feed, names of metrics; spaces between
 *
 * Devices and metrics are places in these names, never numbers of the catalogue: the record says the same when that has
 * changed.
 */
export const packedVersion = 1;

/** Where the columns of a record begin. */
export function packedLayout(rows: number, messages: number) {
  const at = 32;
  const value = at + 8 * rows;
  const reasons = value + 8 * rows;
  const device = reasons + 4 * rows;
  const receivedRows = device + 2 * messages;
  const derivedRows = receivedRows + 2 * messages;
  const metric = derivedRows + 2 * messages;
  const flag = metric + rows;
  return {
    at,
    value,
    reasons,
    device,
    receivedRows,
    derivedRows,
    metric,
    flag,
    names: flag + rows,
  };
}

/** Whether a record is a packed one; all others are JSON. */
export function isPacked(payload: Uint8Array): boolean {
  return payload[0] === packedVersion;
}

/** Rows of many series, by series: the first column holds the ids; ordered by series and time. Views, no copies. */
export function splitBySeries(columns: readonly Float64Array[]): Map<number, Float64Array[]> {
  const [series = new Float64Array(0), ...rest] = columns;
  const split = new Map<number, Float64Array[]>();
  for (let begin = 0; begin < series.length; ) {
    const id = series[begin] as number;
    let end = begin + 1;
    while (end < series.length && series[end] === id) end++;
    const [from, to] = [begin, end];
    split.set(
      id,
      rest.map((column) => column.subarray(from, to)),
    );
    begin = end;
  }
  return split;
}

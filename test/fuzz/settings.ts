import fc from 'fast-check';

/** Time for one property. Seconds in all by default; `npm run fuzz -- --minutes 10` gives more. */
export const propertyMs = Number(process.env.FUZZ_MS ?? 1_500);

/** The same for everybody unless told otherwise, so that a failure can be had again. */
export const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);

/** For `it(…, …, timeoutMs)`: the property's time, and time to shrink a failure. */
export const timeoutMs = propertyMs + 60_000;

/**
 * Runs a property as often as the time allows; a failure names the seed and the shrunk example. The run in hand when the
 * time is over is waited for and judged: `interruptAfterTimeLimit` would leave it running beside what the test does next.
 */
export async function holds<Ts extends [unknown, ...unknown[]]>(
  property: fc.IAsyncProperty<Ts> | fc.IProperty<Ts>,
  more: { endOnFailure?: boolean } = {},
): Promise<void> {
  const endMs = Date.now() + propertyMs;
  const run = property.run.bind(property) as fc.IProperty<Ts>['run'];
  const ending: fc.IProperty<Ts>['run'] = (value) =>
    Date.now() < endMs ? run(value) : new fc.PreconditionFailure(true);
  await fc.assert(Object.assign(property, { run: ending }) as fc.IProperty<Ts>, {
    seed,
    numRuns: 1_000_000_000,
    markInterruptAsFailure: false,
    ...more,
  });
}

/** Takes good bytes and damages them: cut, turned over, repeated, mixed with others. */
export function mutated(samples: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const position = fc.nat(4_000);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('byte' as const), at: position, value: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: position, value: fc.nat(64) }),
    fc.record({ kind: fc.constant('end' as const), at: position, value: fc.nat(0) }),
    fc.record({ kind: fc.constant('repeat' as const), at: position, value: fc.nat(64) }),
    fc.record({
      kind: fc.constant('splice' as const),
      at: position,
      value: fc.nat(samples.length - 1),
    }),
    fc.record({ kind: fc.constant('insert' as const), at: position, value: fc.nat(255) }),
  );
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 6 }))
    .map(([sample, changes]) => {
      let bytes = Buffer.from(sample);
      for (const { kind, at: wanted, value } of changes) {
        const at = bytes.length === 0 ? 0 : wanted % bytes.length;
        const before = bytes.subarray(0, at);
        const after = bytes.subarray(at);
        if (kind === 'byte') bytes = Buffer.concat([before, Buffer.of(value), after.subarray(1)]);
        else if (kind === 'cut') bytes = Buffer.concat([before, after.subarray(value)]);
        else if (kind === 'end') bytes = Buffer.from(before);
        else if (kind === 'repeat')
          bytes = Buffer.concat([before, after.subarray(0, value), after]);
        else if (kind === 'splice') bytes = Buffer.concat([before, samples[value] ?? after]);
        else bytes = Buffer.concat([before, Buffer.of(value), after]);
      }
      return bytes;
    });
}

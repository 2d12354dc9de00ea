/** Works on all at once, so that their appends share commits. @throws the first failure, when all have ended */
export async function all<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const outcomes = await Promise.allSettled(Array.from(items, work));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

/**
 * One reading at a time, however many ask for it: who comes while one is under way shares the next with all others who came
 * since, so what each gets was begun after it asked.
 */
export function takeTurns<A, R>(
  /** Those of one name take turns. */
  laneOf: (args: A) => string,
  /** Those of one lane and name get one answer. */
  nameOf: (args: A) => string,
  work: (args: A) => Promise<R>,
): (args: A) => Promise<R> {
  const lanes = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Promise<R>>();
  return (args) => {
    const lane = laneOf(args);
    const name = `${lane} ${nameOf(args)}`;
    const joined = waiting.get(name);
    if (joined !== undefined) return joined;
    const before = lanes.get(lane) ?? Promise.resolve();
    const answer = before.then(() => {
      waiting.delete(name);
      return work(args);
    });
    const ended = answer.then(
      () => {},
      () => {},
    );
    waiting.set(name, answer);
    lanes.set(lane, ended);
    ended.then(() => {
      if (lanes.get(lane) === ended) lanes.delete(lane);
    });
    return answer;
  };
}

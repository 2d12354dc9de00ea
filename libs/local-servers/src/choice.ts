/** One way to come to a server: resolves to nothing where it is not open on this machine. */
export type Way<Server> = () => Promise<Server | undefined>;

/** The first way that leads to a server; the later ones are not tried. What a way throws ends the search. */
export async function firstOf<Server>(ways: ReadonlyArray<Way<Server>>): Promise<Server | undefined> {
  for (const way of ways) {
    const server = await way();
    if (server !== undefined) return server;
  }
  return undefined;
}

// `node ask.mjs URL…`: what these answer, as a JSON list of { url, status, text }; for whoever can come into a pod, and to no service.
const answers = process.argv.slice(2).map((url) =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (answer) => ({ url, status: answer.status, text: await answer.text() }),
    (error) => ({ url, status: 0, text: error.cause?.message ?? error.message }),
  ),
);
console.log(JSON.stringify(await Promise.all(answers)));

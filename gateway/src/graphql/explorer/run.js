// How the explorer reaches the server: queries and mutations as one POST, subscriptions as server-sent events or by
// `graphql-transport-ws`. Each can be stopped.

/** Requests that a cookie signs in repeat its twin in a header, which another site could not. */
function forgeryToken() {
  const found = /(?:^|;\s*)csrf_token=([^;]+)/.exec(document.cookie);
  return found ? { "x-csrf-token": decodeURIComponent(found[1]) } : {};
}

const post = (request, headers, accept, signal) =>
  fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: { accept, "content-type": "application/json", ...forgeryToken(), ...headers },
    body: JSON.stringify(request),
    signal,
  });

/** The answer as JSON, with the status it came with. */
export async function ask(request, headers = {}, signal = undefined) {
  const response = await post(request, headers, "application/graphql-response+json, application/json;q=0.9", signal);
  const text = await response.text();
  try {
    return { status: response.status, bytes: text.length, answer: JSON.parse(text) };
  } catch {
    return { status: response.status, bytes: text.length, answer: text };
  }
}

/** A subscription over one response that stays open. Ends when the server is done or `signal` says so. */
export async function listen(request, headers, signal, onNext) {
  const response = await post(request, headers, "text/event-stream", signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const text = await response.text();
    onNext(parse(text));
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value.replaceAll("\r\n", "\n");
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const field = (name) =>
        event.split("\n").filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart()).join("\n");
      if (field("event") === "next") onNext(parse(field("data")));
      if (field("event") === "complete") return;
    }
  }
}

/** The same over a WebSocket. What stands in the headers goes with the first message, since a browser sends none. */
export function talk(request, headers, signal, onNext) {
  return new Promise((resolve, reject) => {
    const url = new URL("/graphql", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    const end = () => {
      socket.close(1000);
      resolve();
    };
    signal.addEventListener("abort", () => {
      if (socket.readyState === WebSocket.OPEN) send({ id: "1", type: "complete" });
      end();
    });
    socket.addEventListener("open", () => send({ type: "connection_init", payload: headers }));
    socket.addEventListener("message", ({ data }) => {
      const message = parse(data);
      if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: request });
      else if (message.type === "ping") send({ type: "pong" });
      else if (message.type === "next") onNext(message.payload);
      else if (message.type === "error") {
        onNext({ errors: message.payload });
        end();
      } else if (message.type === "complete") end();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (code === 1000 || signal.aborted) resolve();
      else reject(new Error(reason ? `${reason} (${code})` : `The connection was closed (${code}).`));
    });
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

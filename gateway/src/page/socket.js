// Subscriptions over one WebSocket, by the `graphql-transport-ws` protocol. A connection that breaks is opened again, and
// every subscription goes on from where its variables then say.
import { renew } from "./api.js";
import { memory } from "./dom.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** Silence after which the server is asked whether it is still there. */
const PING_AFTER = 20_000;
const ACK_WITHIN = 10_000;
/** Close codes after which trying the same again would not help: bad request, not signed in, forbidden, unknown protocol. */
const FINAL = new Set([4400, 4401, 4403, 4406]);

const subscriptions = new Map();
let socket = null;
let acknowledged = false;
let nextId = 1;
let failures = 0;
let retry = 0;
let watchdog = 0;
let heard = 0;
/** Whether the session was renewed since the last good connection: once is enough to know that it does not help. */
let renewed = false;
const watchers = new Set();

/** Calls `watcher(isConnected)` whenever the connection is made or lost. Returns how to stop. */
export function onConnection(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/**
 * Subscribes. `variables()` is asked at every start. The sink has `next(data)`, `error(errors)` and `complete()`; the last
 * two end the subscription. Returns how to stop.
 */
export function subscribe(query, variables, sink) {
  const id = String(nextId++);
  subscriptions.set(id, { query, variables, sink });
  if (acknowledged) start(id);
  else if (!socket && !retry) connect();
  return () => {
    if (!subscriptions.delete(id)) return;
    send({ id, type: "complete" });
    closeWhenIdle();
  };
}

/** Whoever is signed in now is somebody else: the connection is made again, as them. */
export function reconnect() {
  clearTimeout(retry);
  const mine = socket;
  forget();
  mine?.close(1000);
  connect();
}

function connect() {
  retry = 0;
  if (!subscriptions.size) return;
  const url = new URL("/graphql", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(url, "graphql-transport-ws");
  socket = mine;
  heard = Date.now();
  mine.addEventListener("open", () => mine.send(JSON.stringify({ type: "connection_init" })));
  mine.addEventListener("message", (event) => {
    if (socket === mine) receive(event.data);
  });
  mine.addEventListener("close", (event) => {
    if (socket === mine) lost(event.code);
  });
  clearInterval(watchdog);
  watchdog = setInterval(() => check(mine), 5_000);
}

/** A connection can be dead without a word, after a laptop slept for one. */
function check(mine) {
  if (socket !== mine) return;
  const silence = Date.now() - heard;
  if (silence > PING_AFTER + ACK_WITHIN || (!acknowledged && silence > ACK_WITHIN)) {
    mine.close();
    lost(0);
  } else if (silence > PING_AFTER) {
    send({ type: "ping" });
  }
}

function receive(text) {
  heard = Date.now();
  const message = JSON.parse(text);
  const subscription = subscriptions.get(message.id);
  switch (message.type) {
    case "connection_ack":
      acknowledged = true;
      failures = 0;
      renewed = false;
      tellWatchers(true);
      for (const id of subscriptions.keys()) start(id);
      break;
    case "ping":
      send({ type: "pong" });
      break;
    case "next":
      if (message.payload.errors?.length) end(message.id, (sink) => sink.error(message.payload.errors));
      else subscription?.sink.next(message.payload.data);
      break;
    case "error":
      end(message.id, (sink) => sink.error(message.payload));
      break;
    case "complete":
      end(message.id, (sink) => sink.complete());
      break;
    default:
      break;
  }
}

function end(id, say) {
  const subscription = subscriptions.get(id);
  subscriptions.delete(id);
  if (subscription) say(subscription.sink);
  closeWhenIdle();
}

function start(id) {
  const { query, variables } = subscriptions.get(id);
  send({ id, type: "subscribe", payload: { query, variables: variables() } });
}

function send(message) {
  if (acknowledged && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function closeWhenIdle() {
  if (subscriptions.size || !socket) return;
  const mine = socket;
  forget();
  mine.close(1000);
}

function forget() {
  socket = null;
  acknowledged = false;
  clearInterval(watchdog);
}

function lost(code) {
  forget();
  if (!subscriptions.size) return;
  tellWatchers(false);
  // A token that ran out, or one that was refused before there was a connection, which browsers do not tell apart from
  // a network that is gone.
  if ((code === 4401 || failures === 2) && !renewed && memory.get("person")) {
    renewed = true;
    retry = setTimeout(() => renew().catch(() => null).then(connect), 0);
    return;
  }
  if (FINAL.has(code)) {
    const message = code === 4401 || code === 4403 ? "You may not watch this." : "Saga does not speak this page's language.";
    for (const id of [...subscriptions.keys()]) end(id, (sink) => sink.error([{ message }]));
    return;
  }
  // Twice as long each time, and not all clients at the same moment.
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++);
  retry = setTimeout(connect, wait * (0.5 + Math.random() / 2));
}

function hurry() {
  if (!retry) return;
  clearTimeout(retry);
  connect();
}

function tellWatchers(isConnected) {
  for (const watcher of watchers) watcher(isConnected);
}

window.addEventListener("online", hurry);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") hurry();
});

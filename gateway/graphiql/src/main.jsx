// GraphiQL for the gateway that serves it: queries over fetch, subscriptions over WebSocket, all from this origin.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { parse } from "graphql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";

const workers = { json: "json.worker.js", graphql: "graphql.worker.js" };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(workers[label] ?? "editor.worker.js", import.meta.url), { name: label });
  },
};

const endpoint = new URL("/graphql", location.href);
const socket = new URL(endpoint);
socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";

/** Requests that a cookie signs in repeat its twin in a header, which another site could not. */
const signed = (url, init) => {
  const token = /(?:^|;\s*)csrf_token=([^;]+)/.exec(document.cookie)?.[1];
  const headers = token ? { "x-csrf-token": decodeURIComponent(token), ...init.headers } : init.headers;
  return fetch(url, { ...init, headers });
};

const send = createGraphiQLFetcher({
  fetch: signed,
  url: endpoint.pathname,
  subscriptionUrl: socket.href,
  // No field of this schema is deferred.
  enableIncrementalDelivery: false,
});

/** GraphiQL hands over what it parsed a moment ago. What is sent decides which operation it is and whether it is a
 * subscription. */
const fetcher = (request, options) => {
  let { operationName } = request;
  let documentAST;
  try {
    documentAST = parse(request.query);
    if (!documentAST.definitions.some(({ name }) => name?.value === operationName)) operationName = undefined;
  } catch {
    // The server says what is wrong with it.
  }
  return send({ ...request, operationName }, { ...options, documentAST });
};

const firstQuery = `# Ctrl-Enter runs the operation under the cursor. The book on the left explains every type.
# A token goes into the headers below: { "Authorization": "Bearer …" }

query Stories {
  stories(first: 10) {
    edges {
      node {
        id
        title
        status
        updatedAt
      }
    }
  }
}
`;

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL fetcher={fetcher} defaultQuery={firstQuery} defaultEditorToolsVisibility="headers" />,
);

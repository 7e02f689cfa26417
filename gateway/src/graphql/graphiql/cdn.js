// Starts the GraphiQL that came from the CDN, or says in words why there is none. Runs after the scripts before it, whether
// they came or not.
(() => {
  const place = document.getElementById("graphiql");
  const { React, ReactDOM, GraphiQL } = window;
  if (!React || !ReactDOM || !GraphiQL) {
    place.firstElementChild.textContent =
      "GraphiQL could not be loaded. This server was built without it, so this page asks unpkg.com for it, which your " +
      "browser cannot reach or does not trust. A server built after running gateway/graphiql/bundle needs no network.";
    return;
  }
  const socket = new URL("/graphql", location.href);
  socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  // Requests that a cookie signs in repeat its twin in a header, which another site could not.
  const signed = (url, init) => {
    const token = /(?:^|;\s*)csrf_token=([^;]+)/.exec(document.cookie)?.[1];
    const headers = token ? { "x-csrf-token": decodeURIComponent(token), ...init.headers } : init.headers;
    return fetch(url, { ...init, headers });
  };
  const send = GraphiQL.createFetcher({
    fetch: signed,
    url: "/graphql",
    subscriptionUrl: socket.href,
    enableIncrementalDelivery: false,
  });
  // GraphiQL hands over what it parsed a moment ago. What is sent decides which operation it is and whether it is a
  // subscription.
  const fetcher = (request, options) => {
    let { operationName } = request;
    let documentAST;
    try {
      documentAST = GraphiQL.GraphQL.parse(request.query);
      if (!documentAST.definitions.some(({ name }) => name?.value === operationName)) operationName = undefined;
    } catch {
      // The server says what is wrong with it.
    }
    return send({ ...request, operationName }, { ...options, documentAST });
  };
  const view = React.createElement(GraphiQL, { fetcher, defaultEditorToolsVisibility: "headers" });
  ReactDOM.createRoot(place).render(view);
})();

//! Every code that an error can have, in the schema: what clients may tell errors apart by.

use async_graphql::Enum;

/// What `extensions.code` of an error says: stable, where messages are not. Beside it stand `requestId`; `reason`, a
/// service's own finer word; `field` and `fields { field message type }`, where an input is at fault, by the path of the
/// argument; `retryAfter` in seconds; `service`, `agent` and `lastEvent`; `feature` and
/// `leastTier`, where a higher tier has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ErrorCode {
    /// An input is not what it should be, or the thing's state forbids it: `fields` names what is at fault.
    ValidationError,
    /// There is no such thing, or none that you may see.
    ResourceNotFound,
    /// Nobody is signed in, or the credential is wrong or over.
    AuthenticationError,
    /// The credential is good, but not for this: `reason` says why.
    PermissionDenied,
    /// Your tier does not have this: `feature` names it, and `leastTier` the least tier that has it.
    FeatureNotAvailable,
    /// A browser's session was used without the header `X-CSRF-Token`.
    CsrfValidationFailed,
    /// Something else was changed at the same time, or a key was used for another request.
    Conflict,
    /// No budget has room for this: `limit` and `used` say how much there is, `reset` when there is room again.
    BudgetExhausted,
    /// The tokens that your tier has in a month are used up: `limit`, `used` and `reset` say how it stands.
    TokenLimitReached,
    /// Too many requests of this kind: try again after `retryAfter` seconds.
    RateLimitExceeded,
    /// Something that this needs does not answer now: try again after `retryAfter` seconds.
    ExternalServiceError,
    /// This server does not do that: `reason` says what is turned off, such as mail.
    NotAvailableHere,
    /// An agent failed at its work: `agent` names it.
    AgentExecutionError,
    /// The answer took longer than it may.
    Timeout,
    /// The request did not arrive in time.
    RequestTimeout,
    /// Something went wrong on the server's side, and was logged under `requestId`.
    InternalError,
    /// A subscription ended because its client was too slow: subscribe again after `lastEvent`.
    TooSlow,
    /// A subscription ended because the server restarts: subscribe again after `lastEvent`.
    GoingAway,
    /// This socket has as many subscriptions as it may.
    TooManySubscriptions,
    /// The address does not take this HTTP method.
    MethodNotAllowed,
    /// The request was sent to a name that is not this server's.
    MisdirectedRequest,
    /// None of the forms that the client accepts can be answered with.
    NotAcceptable,
    /// The request has more bytes than are read.
    PayloadTooLarge,
    /// The request is not declared as JSON.
    UnsupportedMediaType,
    /// The address speaks WebSocket only.
    UpgradeRequired,
    /// What was sent is no GraphQL request.
    BadRequest,
    /// The document is not GraphQL: the message and `locations` say where.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// There is no operation of that name in the document, or several and no name was sent.
    OperationResolutionFailure,
    /// A variable is missing or has the wrong type: `field` names it.
    BadUserInput,
    /// The document has more bytes than are read.
    QueryTooLarge,
    /// The document has more tokens than are read.
    QueryTooManyTokens,
    /// The document has more brackets inside one another than are read.
    QueryNestedTooDeep,
    /// The document has more operations than are read.
    QueryTooManyOperations,
    /// The document has more fragments than are read.
    QueryTooManyFragments,
    /// The document selects more fields than are read, all fragments in place.
    QueryTooManySelections,
    /// The document's fields stand deeper in one another than they may.
    QueryTooDeep,
    /// The operation has more fields at its root than it may.
    QueryTooManyRootFields,
    /// The document has more aliases than it may.
    QueryTooManyAliases,
    /// The document has more directives than it may.
    QueryTooManyDirectives,
    /// The operation may answer more fields than it may: ask for shorter lists.
    QueryTooComplex,
    /// The answer has more bytes than are sent: ask for less at once.
    AnswerTooLarge,
    /// The operation defines more variables than it may.
    QueryTooManyVariables,
    /// The variables have more bytes than are read.
    VariablesTooLarge,
    /// The variables have more lists and objects inside one another than are read.
    VariablesNestedTooDeep,
    /// Reading the schema is not allowed to whoever asks.
    IntrospectionDisabled,
    /// More of the schema is asked for than is answered at once.
    IntrospectionTooLarge,
    /// No document is registered under this hash: send it whole.
    PersistedQueryNotFound,
    /// Documents cannot be registered here: send them whole.
    PersistedQueryNotSupported,
    /// The document and its hash do not belong together.
    PersistedQueryHashMismatch,
    /// Only documents that are listed here are run, and this one is not.
    QueryNotListed,
}

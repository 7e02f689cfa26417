//! The words that documentation is written with, by what they tell about a sentence. Words only.

/// Verbs that documentation begins with, in the imperative.
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
    "accept", "access", "acquire", "add", "adjust", "allocate", "allow", "analyse", "analyze", "append",
    "apply", "assert", "assign", "attach", "attempt", "authenticate", "await", "begin", "bind", "block",
    "build", "cache", "calculate", "call", "cancel", "capture", "cast", "change", "check", "choose", "clean",
    "clear", "clone", "close", "collect", "combine", "compare", "compile", "compose", "compress",
    "compute", "concatenate", "configure", "connect", "consume", "construct", "contain", "control",
    "convert", "copy", "count", "create", "deal", "decide", "declare", "decode", "decompress",
    "decrypt", "define", "delete", "deliver", "derive", "describe", "deserialize", "destroy", "detect",
    "determine", "disable", "disconnect", "dispatch", "display", "divide", "download", "draw", "drive",
    "drop", "emit", "enable", "encapsulate", "encode", "encrypt", "end", "enforce", "ensure", "enter",
    "enumerate", "erase", "escape", "establish", "estimate", "evaluate", "examine", "execute", "exit", "expand",
    "export", "expose", "express", "extend", "extract", "fail", "fetch", "fill", "filter", "find", "fix",
    "finish", "fire", "flush", "fold", "force", "format", "forward", "free", "generate", "get", "give",
    "group", "guard", "handle", "hash", "help", "hide", "hold", "identify", "ignore", "implement",
    "import", "include", "increment", "indicate", "infer", "inform", "initialise", "initialize",
    "insert", "inspect", "install", "instantiate", "instruct", "interpret", "invoke", "iterate", "join",
    "keep", "launch", "lets", "limit", "list", "listen", "load", "locate", "lock", "log", "look",
    "lower", "make", "manage", "map", "mark", "match", "measure", "merge", "modify", "monitor", "mount",
    "move", "normalise", "normalize", "notify", "obtain", "offer", "open", "optimise", "optimize",
    "order", "override", "parse", "pass", "perform", "persist", "pick", "place", "plan", "play", "plot", "poll", "pop",
    "prepare", "prevent", "print", "process", "produce", "promote", "protect", "prove", "provide",
    "publish", "pull", "push", "put", "query", "queue", "raise", "read", "rebuild", "receive", "record",
    "recover", "redirect", "reduce", "refer", "register", "reject", "release", "reload", "remove",
    "rename", "render", "repeat", "replace", "report", "represent", "request", "require", "reset",
    "resize", "resolve", "respond", "restore", "restrict", "resume", "retrieve", "retry", "return",
    "reverse", "rewrite", "route", "run", "save", "scan", "schedule", "search", "select", "send",
    "serialise", "serialize", "serve", "set", "shift", "show", "shut", "sign", "simplify", "simulate", "skip",
    "solve", "sort", "spawn", "specify", "split", "start", "stop", "store", "stream", "strip",
    "subscribe", "supply", "support", "swap", "switch", "synchronise", "synchronize", "take", "tell",
    "terminate", "test", "throw", "toggle", "track", "transform", "translate", "traverse", "trigger",
    "trim", "truncate", "try", "turn", "undo", "unescape", "unwrap", "update", "upgrade", "upload", "use",
    "validate", "verify", "visit", "wait", "wake", "walk", "warn", "watch", "work", "wrap", "write",
    "yield",
];

/// Further verbs that sentences about programs have, beside those that documentation begins with.
#[rustfmt::skip]
pub(super) const MORE_VERBS: &[&str] = &[
    "achieve", "act", "adapt", "add", "agree", "aim", "appear", "apply", "arise", "arrive", "ask", "assume", "become",
    "begin", "behave", "believe", "belong", "benefit", "break", "bring", "buy", "care", "carry", "cause", "choose",
    "come", "compete", "complement", "comprise", "concern", "consist", "correspond", "cost", "cover", "cross", "deal",
    "depend", "deserve", "differ", "die", "eat", "encourage", "exist", "expect", "explain", "explore", "face", "fall",
    "feature", "feel", "fit", "focus", "follow", "forget", "form", "gain", "go", "grow", "happen", "help", "highlight",
    "host", "imply", "improve", "influence", "inherit", "introduce", "involve", "know", "lack", "last", "lead", "learn",
    "leave", "let", "lie", "like", "live", "lose", "love", "maintain", "matter", "mean", "meet", "mimic", "need",
    "occur", "operate", "own", "paint", "pay", "play", "prefer", "promise", "propose", "range", "reach", "receive",
    "recommend", "reflect", "refuse", "regard", "relate", "rely", "remain", "remember", "respect", "reuse", "reveal",
    "run", "save", "say", "score", "see", "seem", "sell", "share", "shine", "sit", "sleep", "sound", "span", "speak",
    "spend", "stand", "stay", "stick", "suffer", "suggest", "suit", "survive", "target", "teach", "tend", "think",
    "treat", "understand", "vary", "walk", "want", "win", "wish", "wonder", "write", "assist", "detail", "discuss",
    "present", "ship", "sync", "talk", "tackle", "enable", "power", "bundle", "rank", "train", "predict", "estimate",
];

/// Verbs that are as often nouns.
#[rustfmt::skip]
pub(super) const DUAL: &[&str] = &[
    "request", "test", "process", "match", "query", "route", "stream", "cache", "format", "list", "map",
    "log", "hash", "record", "queue", "group", "order", "block", "filter", "work", "plan", "support",
    "file", "use", "call", "return", "report", "place", "store", "access", "change", "check", "limit",
    "release", "search", "watch", "lock", "guard", "update", "set", "type", "start", "end", "read",
    "write", "value", "result", "control", "measure", "mark", "copy", "count", "help",
];

/// Of those, the ones that are nouns when they begin a documentation text without an object after them.
#[rustfmt::skip]
pub(super) const NOUNS_FIRST: &[&str] = &[
    "request", "test", "process", "match", "query", "route", "stream", "cache", "format", "list", "map", "log", "hash",
    "record", "queue", "group", "order", "block", "filter", "work", "plan", "support", "file", "type", "value", "result",
    "error", "access", "control",
];

/// Words that begin a note about the text rather than a statement of what the thing is.
#[rustfmt::skip]
pub(super) const NOT_A_STATEMENT: &[&str] = &[
    "given", "see", "todo", "fixme", "note", "warning", "deprecated", "example", "examples", "safety", "panics",
    "errors", "copyright", "license", "usage", "install", "installation", "click", "table", "contents",
    "this is not", "not", "whether", "if", "when", "for", "in", "at", "on", "as", "like", "same",
    "used", "internal", "default", "please", "to", "by", "and", "but", "however", "also", "thus",
    "https", "pass", "author", "authors", "created", "maintained", "documentation", "since", "todo:",
];

/// Verb forms that can carry a sentence.
#[rustfmt::skip]
pub(super) const FINITE: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "can", "will", "must", "should", "may", "does", "do",
    "originates", "derives", "descends", "provides", "contains", "makes", "allows", "uses", "supports", "gives", "lets", "works", "needs",
    "helps", "offers", "returns", "aims", "comes",
];

/// Words of sentences about the page they stand on, or about taking part, not about the project.
#[rustfmt::skip]
pub(super) const OF_THE_PAGE: &[&str] = &[
    "following", "below", "above", "here", "find", "found", "click", "link", "license", "licence",
    "licensed", "discord", "join", "badge", "install", "installed", "documentation", "docs", "example",
    "examples", "screenshot", "sponsor", "readme", "read-me", "wiki", "section", "table", "donate",
    "question", "questions", "ask", "contributing", "contribute", "contribution", "contributions",
    "guide", "page", "discussions", "issue", "issues", "pull", "chat", "slack", "tutorial", "visit",
    "website", "command",
];

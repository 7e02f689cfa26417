//! Languages without a grammar: one row each says how their definitions, comments and imports look, line by line.
//! A new language is a new row. Patterns are matched on one line with its indentation; `n` is the name, `p` its owner.

use super::DefinitionKind::{self as Kind, *};

/// How a language is read.
pub(super) struct Row {
    /// Its name as files are counted by, for scripts without an extension.
    pub(super) language: &'static str,
    pub(super) extensions: &'static [&'static str],
    /// Marks that begin a comment of one line, the longest first.
    pub(super) line: &'static [&'static str],
    /// Begin and end of a comment of several lines.
    pub(super) block: Option<(&'static str, &'static str)>,
    pub(super) definitions: &'static [(Kind, &'static str)],
    /// What a line has that nobody outside can see.
    pub(super) hidden: Option<&'static str>,
    /// What a line must have to be seen outside, where that is not the habit.
    pub(super) shown: Option<&'static str>,
    /// The target is `i`.
    pub(super) import: Option<&'static str>,
    /// A description inside a definition, as `d`.
    pub(super) inside: Option<&'static str>,
}

const PLAIN: Row = Row {
    language: "",
    extensions: &[],
    line: &["//"],
    block: Some(("/*", "*/")),
    definitions: &[],
    hidden: None,
    shown: None,
    import: None,
    inside: None,
};

// A pattern is read whole.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row {
        language: "C++",
        extensions: &["cc", "cpp", "cxx", "c++", "hpp", "hh", "hxx", "inl", "ipp", "ino", "mm", "cu", "cuh"],
        line: &["///", "//!", "//"],
        definitions: &[
            (Class, r"^\s*(?:template\s*<.*>\s*)?class\s+(?:[A-Z]\w*_\w*\s+)?(?P<n>\w+)(?:\s+final)?\s*(?::[^:].*|\{.*)?$"),
            (Struct, r"^\s*(?:template\s*<.*>\s*)?(?:struct|union)\s+(?:[A-Z]\w*_\w*\s+)?(?P<n>\w+)(?:\s+final)?\s*(?::[^:].*|\{.*)?$"),
            (Enum, r"^\s*enum\s+(?:class\s+|struct\s+)?(?P<n>\w+)\s*(?::[^:].*|\{.*)?$"),
            (Function, r"^(?:\s{0,4})(?:(?:static|inline|virtual|constexpr|explicit|extern|friend|const|unsigned|auto|\[\[\w+\]\])\s+)*[\w:]+(?:<[^()]*>)?(?:\s+const)?[\s*&]+(?:(?P<p>\w+)::)?(?P<n>[a-zA-Z_]\w*)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)?[^;={}]*(?:=\s*0)?[;{]?\s*$"),
        ],
        hidden: Some(r"^\s*static\b"),
        import: Some(r#"^\s*#\s*include\s+"(?P<i>[^"]+)""#),
        ..PLAIN
    },
    Row {
        language: "C#",
        extensions: &["cs"],
        line: &["///", "//"],
        definitions: &[
            (Interface, r"^\s*(?:(?:public|internal|private|protected|partial)\s+)*interface\s+(?P<n>\w+)"),
            (Enum, r"^\s*(?:(?:public|internal|private|protected)\s+)*enum\s+(?P<n>\w+)"),
            (Struct, r"^\s*(?:(?:public|internal|private|protected|readonly|ref|partial)\s+)*(?:record\s+)?struct\s+(?P<n>\w+)"),
            (Class, r"^\s*(?:(?:public|internal|private|protected|static|sealed|abstract|partial)\s+)*(?:class|record)\s+(?P<n>\w+)"),
            (Method, r"^\s*(?:(?:public|internal|private|protected|static|async|override|virtual|abstract|extern|sealed|partial|new|unsafe)\s+)+[\w.]+(?:<[^()]*>)?[\[\]?]*\s+(?P<n>\w+)\s*(?:<[^()]*>)?\("),
        ],
        shown: Some(r"\bpublic\b"),
        ..PLAIN
    },
    Row {
        language: "Ruby",
        extensions: &["rb", "rake", "gemspec", "ru"],
        line: &["##", "#"],
        block: Some(("=begin", "=end")),
        definitions: &[
            (Class, r"^\s*class\s+(?:\w+::)*(?P<n>[A-Z]\w*)"),
            (Module, r"^\s*module\s+(?:\w+::)*(?P<n>[A-Z]\w*)"),
            (Method, r"^\s*def\s+(?:self\.)?(?P<n>[a-z_]\w*[?!]?)"),
        ],
        hidden: Some(r"^\s*private\s+def\b|def\s+_"),
        import: Some(r#"^\s*require(?:_relative)?\s*\(?['"](?P<i>[^'"]+)['"]"#),
        ..PLAIN
    },
    Row {
        language: "PHP",
        extensions: &["php"],
        line: &["//", "#"],
        definitions: &[
            (Class, r"^\s*(?:(?:abstract|final|readonly)\s+)*class\s+(?P<n>\w+)"),
            (Interface, r"^\s*interface\s+(?P<n>\w+)"),
            (Trait, r"^\s*trait\s+(?P<n>\w+)"),
            (Enum, r"^\s*enum\s+(?P<n>\w+)"),
            (Method, r"^\s*(?:(?:public|private|protected|static|abstract|final)\s+)*function\s+&?(?P<n>[a-zA-Z]\w*)\s*\("),
        ],
        hidden: Some(r"\b(?:private|protected)\b"),
        import: Some(r"^\s*use\s+(?P<i>[\w\\]+)"),
        ..PLAIN
    },
    Row {
        language: "Kotlin",
        extensions: &["kt", "kts"],
        definitions: &[
            (Interface, r"^\s*(?:(?:public|internal|private|sealed|fun)\s+)*interface\s+(?P<n>\w+)"),
            (Enum, r"^\s*(?:(?:public|internal|private)\s+)*enum\s+class\s+(?P<n>\w+)"),
            (Class, r"^\s*(?:(?:public|internal|private|protected|open|abstract|sealed|data|inner|value|annotation)\s+)*(?:class|object)\s+(?P<n>\w+)"),
            (Function, r"^\s*(?:(?:public|internal|private|protected|open|override|suspend|inline|operator|infix|tailrec|abstract)\s+)*fun\s+(?:<[^>]*>\s*)?(?:[\w.<>?]+\.)?(?P<n>\w+)\s*\("),
        ],
        hidden: Some(r"\b(?:private|internal|protected)\b"),
        import: Some(r"^import\s+(?P<i>[\w.]+)"),
        ..PLAIN
    },
    Row {
        language: "Swift",
        extensions: &["swift"],
        line: &["///", "//"],
        definitions: &[
            (Interface, r"^\s*(?:@\w+\s+)*(?:(?:public|internal|private|fileprivate)\s+)?protocol\s+(?P<n>\w+)"),
            (Enum, r"^\s*(?:@\w+\s+)*(?:(?:public|internal|private|fileprivate|indirect)\s+)*enum\s+(?P<n>\w+)"),
            (Struct, r"^\s*(?:@\w+\s+)*(?:(?:public|internal|private|fileprivate)\s+)?struct\s+(?P<n>\w+)"),
            (Class, r"^\s*(?:@\w+\s+)*(?:(?:public|open|internal|private|fileprivate|final)\s+)*(?:class|actor)\s+(?P<n>[A-Z]\w*)"),
            (Function, r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|open|internal|private|fileprivate|final|static|class|override|mutating|nonisolated)\s+)*func\s+(?P<n>\w+)"),
        ],
        hidden: Some(r"\b(?:private|fileprivate)\b"),
        import: None,
        ..PLAIN
    },
    Row {
        language: "Scala",
        extensions: &["scala", "sc"],
        definitions: &[
            (Trait, r"^\s*(?:(?:private|sealed|protected)(?:\[\w+\])?\s+)*trait\s+(?P<n>\w+)"),
            (Enum, r"^\s*enum\s+(?P<n>\w+)"),
            (Class, r"^\s*(?:(?:private|protected|final|sealed|abstract|implicit|case)(?:\[\w+\])?\s+)*(?:class|object)\s+(?P<n>\w+)"),
            (Function, r"^\s*(?:(?:private|protected|final|override|implicit|inline)(?:\[\w+\])?\s+)*def\s+(?P<n>\w+)"),
        ],
        hidden: Some(r"\b(?:private|protected)\b"),
        import: Some(r"^import\s+(?P<i>[\w.]+)"),
        ..PLAIN
    },
    Row {
        language: "Haskell",
        extensions: &["hs", "hsc", "lhs"],
        line: &["--"],
        block: Some(("{-", "-}")),
        definitions: &[
            (Type, r"^(?:data|newtype|type)\s+(?:family\s+)?(?:[^=]*=>\s*)?(?P<n>[A-Z][\w']*)"),
            (Class, r"^class\s+(?:.*=>\s*)?(?P<n>[A-Z][\w']*)"),
            (Function, r"^(?P<n>[a-z_][\w']*)\s*(?:,\s*[\w']+\s*)*::"),
        ],
        import: Some(r"^import\s+(?:safe\s+)?(?:qualified\s+)?(?P<i>[A-Z][\w.]*)"),
        ..PLAIN
    },
    Row {
        language: "Elixir",
        extensions: &["ex", "exs"],
        line: &["#"],
        block: None,
        definitions: &[
            (Module, r"^\s*defmodule\s+(?P<n>[\w.]+)"),
            (Interface, r"^\s*defprotocol\s+(?P<n>[\w.]+)"),
            (Macro, r"^\s*defmacro\s+(?P<n>[a-z_]\w*[?!]?)"),
            (Function, r"^\s*def\s+(?P<n>[a-z_]\w*[?!]?)"),
        ],
        import: None,
        ..PLAIN
    },
    Row {
        language: "Shell",
        extensions: &["sh", "bash", "zsh", "ksh", "bats"],
        line: &["##", "#"],
        block: None,
        definitions: &[
            (Function, r"^\s*(?:function\s+)?(?P<n>[a-zA-Z_][\w:.-]*)\s*\(\)\s*[{(]?\s*(?:#.*)?$"),
            (Function, r"^\s*(?:function\s+)?(?P<n>[a-zA-Z_][\w:.-]*)\s*\(\)\s*\{"),
            (Function, r"^\s*function\s+(?P<n>[a-zA-Z_][\w:.-]*)\s*\{"),
        ],
        hidden: Some(r"^\s*(?:function\s+)?_"),
        import: Some(r#"^\s*(?:source|\.)\s+"?(?P<i>[\w./${}-]+\.(?:sh|bash|zsh))"?\s*$"#),
        ..PLAIN
    },
    Row {
        language: "Lua",
        extensions: &["lua"],
        line: &["---", "--"],
        block: Some(("--[[", "]]")),
        definitions: &[
            (Function, r"^\s*(?:local\s+)?function\s+(?:(?P<p>\w+)[.:])?(?P<n>\w+)\s*\("),
            (Function, r"^(?:local\s+)?(?:(?P<p>\w+)\.)?(?P<n>\w+)\s*=\s*function\s*\("),
        ],
        hidden: Some(r"^\s*local\b"),
        import: Some(r#"\brequire\s*\(?\s*['"](?P<i>[\w./-]+)['"]"#),
        ..PLAIN
    },
    Row {
        language: "Terraform",
        extensions: &["tf", "hcl"],
        line: &["#", "//"],
        definitions: &[
            (Resource, r#"^resource\s+"(?:\w+)"\s+"(?P<n>[\w-]+)""#),
            (Input, r#"^variable\s+"(?P<n>[\w-]+)""#),
            (Output, r#"^output\s+"(?P<n>[\w-]+)""#),
            (Module, r#"^module\s+"(?P<n>[\w-]+)""#),
        ],
        import: Some(r#"^\s*source\s*=\s*"(?P<i>\.{1,2}/[^"]+)""#),
        inside: Some(r#"^\s*description\s*=\s*"(?P<d>[^"]+)"\s*$"#),
        ..PLAIN
    },
    Row {
        language: "SQL",
        extensions: &["sql", "ddl", "pgsql"],
        line: &["--"],
        definitions: &[
            (Table, r#"(?i)^\s*create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unlogged)\s+)?(?:table|(?:materialized\s+)?view)\s+(?:if\s+not\s+exists\s+)?(?:["`\[]?\w+["`\]]?\.)?["`\[]?(?P<n>\w+)"#),
            (Function, r#"(?i)^\s*create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?:\w+\.)?(?P<n>\w+)"#),
            (Type, r#"(?i)^\s*create\s+(?:type|domain)\s+(?:\w+\.)?(?P<n>\w+)"#),
        ],
        ..PLAIN
    },
    Row { language: "Perl", extensions: &["pl", "pm"], line: &["#"], block: Some(("=head", "=cut")), definitions: &[(Function, r"^\s*sub\s+(?P<n>[a-z]\w*)"), (Module, r"^package\s+(?P<n>[\w:]+)")], import: None, ..PLAIN },
    Row { language: "Tcl", extensions: &["tcl"], line: &["#"], block: None, definitions: &[(Function, r"^\s*proc\s+(?:::)?(?:\w+::)*(?P<n>\w+)")], ..PLAIN },
    Row { language: "Vim Script", extensions: &["vim"], line: &["\""], block: None, definitions: &[(Function, r"^\s*fu(?:nction)?!?\s+(?:[sgl]:)?(?:\w+#)*(?P<n>\w+)\s*\(")], hidden: Some(r"\bs:"), ..PLAIN },
    Row { language: "R", extensions: &["R", "r"], line: &["#'", "#"], block: None, definitions: &[(Function, r"^(?P<n>[a-zA-Z][\w.]*)\s*(?:<-|=)\s*function\s*\(")], ..PLAIN },
    Row { language: "Julia", extensions: &["jl"], line: &["#"], block: Some(("#=", "=#")), definitions: &[(Struct, r"^(?:mutable\s+)?struct\s+(?P<n>\w+)"), (Function, r"^function\s+(?:\w+\.)?(?P<n>\w+!?)"), (Module, r"^module\s+(?P<n>\w+)")], ..PLAIN },
    Row { language: "Dart", extensions: &["dart"], line: &["///", "//"], definitions: &[(Class, r"^(?:(?:abstract|final|sealed|base|mixin)\s+)*class\s+(?P<n>\w+)"), (Enum, r"^enum\s+(?P<n>\w+)"), (Function, r"^[\w<>?]+\s+(?P<n>[a-z]\w*)\s*\([^;]*\{\s*$")], hidden: Some(r"\b_\w+"), ..PLAIN },
    Row { language: "Zig", extensions: &["zig"], line: &["///", "//!", "//"], block: None, definitions: &[(Function, r"^\s*(?:pub\s+)?(?:inline\s+)?fn\s+(?P<n>\w+)"), (Struct, r"^\s*(?:pub\s+)?const\s+(?P<n>\w+)\s*=\s*(?:packed\s+|extern\s+)?struct"), (Enum, r"^\s*(?:pub\s+)?const\s+(?P<n>\w+)\s*=\s*enum")], shown: Some(r"\bpub\b"), ..PLAIN },
    Row { language: "OCaml", extensions: &["ml", "mli"], line: &[], block: Some(("(*", "*)")), definitions: &[(Function, r"^(?:let(?:\s+rec)?|val)\s+(?P<n>[a-z_]\w*)"), (Type, r"^type\s+(?:'\w+\s+)?(?P<n>\w+)"), (Module, r"^module\s+(?P<n>[A-Z]\w*)")], ..PLAIN },
    Row { language: "F#", extensions: &["fs", "fsi"], line: &["///", "//"], block: Some(("(*", "*)")), definitions: &[(Function, r"^let\s+(?:rec\s+|inline\s+)*(?P<n>[a-z]\w*)"), (Type, r"^type\s+(?P<n>\w+)"), (Module, r"^module\s+(?:\w+\.)*(?P<n>\w+)")], hidden: Some(r"\bprivate\b"), ..PLAIN },
    Row { language: "Erlang", extensions: &["erl", "hrl"], line: &["%%%", "%%", "%"], block: None, definitions: &[(Module, r"^-module\((?P<n>\w+)\)")], ..PLAIN },
    Row { language: "Clojure", extensions: &["clj", "cljs", "cljc"], line: &[";;;", ";;", ";"], block: None, definitions: &[(Function, r"^\(defn-?\s+(?:\^\S+\s+)?(?P<n>[\w!?*<>=-]+)"), (Macro, r"^\(defmacro\s+(?P<n>[\w!?*<>=-]+)")], hidden: Some(r"^\(defn-"), ..PLAIN },
    Row { language: "Emacs Lisp", extensions: &["el"], line: &[";;;", ";;", ";"], block: None, definitions: &[(Function, r"^\(defun\s+(?P<n>[\w!?*-]+)")], ..PLAIN },
    Row { language: "PowerShell", extensions: &["ps1", "psm1"], line: &["#"], block: Some(("<#", "#>")), definitions: &[(Function, r"(?i)^\s*function\s+(?P<n>[\w-]+)")], ..PLAIN },
    Row { language: "Fish", extensions: &["fish"], line: &["#"], block: None, definitions: &[(Function, r"^function\s+(?P<n>[\w-]+)")], ..PLAIN },
    Row { language: "GDScript", extensions: &["gd"], line: &["##", "#"], block: None, definitions: &[(Class, r"^class_name\s+(?P<n>\w+)"), (Function, r"^(?:static\s+)?func\s+(?P<n>\w+)")], hidden: Some(r"\bfunc\s+_"), ..PLAIN },
    Row { language: "Groovy", extensions: &["groovy"], definitions: &[(Class, r"^\s*(?:abstract\s+)?class\s+(?P<n>\w+)"), (Method, r"^\s*(?:static\s+)?def\s+(?P<n>\w+)\s*\(")], hidden: Some(r"\bprivate\b"), ..PLAIN },
    Row { language: "Solidity", extensions: &["sol"], line: &["///", "//"], definitions: &[(Class, r"^\s*(?:abstract\s+)?(?:contract|library)\s+(?P<n>\w+)"), (Interface, r"^\s*interface\s+(?P<n>\w+)"), (Function, r"^\s*function\s+(?P<n>\w+)")], hidden: Some(r"\b(?:private|internal)\b"), ..PLAIN },
    Row { language: "Nim", extensions: &["nim"], line: &["##", "#"], block: None, definitions: &[(Function, r"^(?:proc|func|template|macro)\s+(?P<n>\w+)\*?"), (Type, r"^\s+(?P<n>[A-Z]\w*)\*?\s*=\s*(?:ref\s+)?object")], ..PLAIN },
    Row { language: "Protocol Buffers", extensions: &["proto"], definitions: &[(Interface, r"^\s*service\s+(?P<n>\w+)"), (Struct, r"^\s*message\s+(?P<n>\w+)"), (Enum, r"^\s*enum\s+(?P<n>\w+)")], ..PLAIN },
    Row { language: "GraphQL", extensions: &["graphql", "gql"], line: &["#"], block: None, definitions: &[(Type, r"^(?:type|input)\s+(?P<n>\w+)"), (Interface, r"^interface\s+(?P<n>\w+)"), (Enum, r"^enum\s+(?P<n>\w+)")], ..PLAIN },
];

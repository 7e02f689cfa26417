//! The part of the model that speaks of code: modules, definitions, routes, tests, complexity. Plain data only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a program or a library starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryPoint {
    pub path: String,
    pub kind: EntryPointKind,
    /// Name of the program or package it starts, when known.
    pub name: Option<String>,
    /// The fact that says so ("Cargo.toml names it as a binary").
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryPointKind {
    Program,
    Server,
    Library,
    Script,
    Page,
    /// The root module of a description of infrastructure.
    Module,
}

/// A part of the repository: a package, or a folder of source files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Module {
    /// Path of its folder (or file) from the root, `.` for the root itself.
    pub path: String,
    /// Short name: the package's name, or the last part of the path.
    pub name: String,
    /// The name as words for the ear ("story service").
    pub words: String,
    pub role: ModuleRole,
    /// What it is for, from its own documentation (module docs, package docs, a README in it, or the manifest's
    /// description); `None` when nothing says so.
    pub purpose: Option<String>,
    /// The file `purpose` comes from.
    pub purpose_source: Option<String>,
    pub files: u64,
    pub code_lines: u64,
    /// Most lines first.
    pub languages: Vec<String>,
    pub definitions_count: u64,
    pub public_definitions_count: u64,
    /// Most telling first.
    pub key_files: Vec<String>,
    /// Names of its most telling definitions.
    pub main_definitions: Vec<String>,
    /// Paths of the modules whose code it imports, most imported first.
    pub depends_on: Vec<String>,
    /// How many other modules import it.
    pub used_by_count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModuleRole {
    /// Ordinary code, nothing more is known.
    Code,
    /// Answers requests: routes, handlers, controllers, rpc.
    Api,
    /// Rules and services of the domain.
    Domain,
    /// Databases, models, migrations, storage.
    Data,
    /// What people see: components, pages, views.
    Interface,
    /// Programs that are run from a terminal.
    CommandLine,
    /// Helpers shared by the rest.
    Shared,
    Configuration,
    Tests,
    Examples,
    Benchmarks,
    Documentation,
    /// Build scripts, tools, packaging, deployment.
    Tooling,
}

impl ModuleRole {
    /// As in "this part is …".
    pub fn label(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Api => "the part that answers requests",
            Self::Domain => "the rules of the domain",
            Self::Data => "the part that keeps data",
            Self::Interface => "the part that people see",
            Self::CommandLine => "the command line",
            Self::Shared => "shared helpers",
            Self::Configuration => "configuration",
            Self::Tests => "tests",
            Self::Examples => "examples",
            Self::Benchmarks => "benchmarks",
            Self::Documentation => "documentation",
            Self::Tooling => "tooling",
        }
    }

    /// Whether it is part of what the project ships, not of how it is made.
    pub fn is_product(self) -> bool {
        !matches!(
            self,
            Self::Tests | Self::Examples | Self::Benchmarks | Self::Documentation | Self::Tooling
        )
    }
}

/// Something that the code defines and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Definition {
    /// As written in the code.
    pub name: String,
    /// The name as words for the ear ("parse repository address" for `parse_repository_address`).
    pub words: String,
    pub kind: DefinitionKind,
    /// The type it belongs to, for methods.
    pub parent: Option<String>,
    pub path: String,
    /// 1-based.
    pub line: u32,
    /// Lines from its first to its last.
    pub lines: u32,
    /// First paragraph of its documentation, plain prose.
    pub doc: Option<String>,
    pub public: bool,
    /// Number of parameters, for functions and methods (a receiver is not counted).
    pub parameters: Option<u32>,
    pub is_async: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionKind {
    Function,
    Method,
    Struct,
    Class,
    Trait,
    Interface,
    Enum,
    Type,
    Module,
    Macro,
    Constant,
    /// Of infrastructure.
    Resource,
    Input,
    Output,
    /// Of a database; a view is one too.
    Table,
}

impl DefinitionKind {
    /// Singular, plain: "function".
    pub fn label(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Struct => "struct",
            Self::Class => "class",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Enum => "enum",
            Self::Type => "type",
            Self::Module => "module",
            Self::Macro => "macro",
            Self::Constant => "constant",
            Self::Resource => "resource",
            Self::Input => "input",
            Self::Output => "output",
            Self::Table => "table",
        }
    }

    /// "functions", "classes".
    pub fn plural(self) -> &'static str {
        match self {
            Self::Function => "functions",
            Self::Method => "methods",
            Self::Struct => "structs",
            Self::Class => "classes",
            Self::Trait => "traits",
            Self::Interface => "interfaces",
            Self::Enum => "enums",
            Self::Type => "types",
            Self::Module => "modules",
            Self::Macro => "macros",
            Self::Constant => "constants",
            Self::Resource => "resources",
            Self::Input => "inputs",
            Self::Output => "outputs",
            Self::Table => "tables",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DefinitionCount {
    pub kind: DefinitionKind,
    pub count: u64,
    pub public: u64,
    pub documented: u64,
}

/// An HTTP route as the code declares it. Tests are not searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Upper case, or `ANY`.
    pub method: String,
    pub path: String,
    /// The function that answers, when it is named beside the route.
    pub handler: Option<String>,
    pub file: String,
    pub line: u32,
}

/// A file that a reader should see first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyFile {
    pub path: String,
    /// One plain sentence.
    pub why: String,
    pub language: Option<String>,
    pub lines: u64,
    /// Redacted text from its beginning, or from its most telling definition.
    pub excerpt: String,
    /// 1-based line in the file where the excerpt starts.
    pub excerpt_line: u32,
    /// Whether the excerpt is less than the whole file.
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LargestFile {
    pub path: String,
    pub language: String,
    pub code_lines: u64,
    pub bytes: u64,
}

/// Marks that the authors left for later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TodoCounts {
    pub todo: u64,
    pub fixme: u64,
    pub hack: u64,
    /// Paths with the most of them.
    pub busiest_files: Vec<String>,
}

impl TodoCounts {
    pub fn total(&self) -> u64 {
        self.todo + self.fixme + self.hack
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tests {
    /// Files that hold tests.
    pub files: u64,
    /// Test cases that are plainly declared.
    pub count: u64,
    pub frameworks: Vec<String>,
    /// Code lines of files that hold nothing but tests.
    pub code_lines: u64,
    pub examples: Vec<TestExample>,
    /// Folders that hold tests by their names, most files first, also where no single test is understood.
    #[serde(default)]
    pub places: Vec<TestPlace>,
}

/// A folder of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestPlace {
    pub path: String,
    /// Files of code below it.
    pub files: u64,
    /// The language that most of them are in.
    pub language: Option<String>,
}

/// A name that the entry of a library exports, or that the first manifest's package offers to those who use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicName {
    pub name: String,
    /// The file that defines it, when that is known.
    pub path: Option<String>,
    /// The file that exports it.
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestExample {
    /// Its name as a sentence ("Resuming after a crash does not repeat a chapter").
    pub sentence: String,
    pub path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchitecturePattern {
    /// "Layered architecture", "Workspace of packages".
    pub name: String,
    /// What the pattern means here, one plain sentence.
    pub meaning: String,
    /// Paths or facts, at least one.
    pub evidence: Vec<String>,
}

/// How much there is to understand, 0 to 1, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Complexity {
    /// Weighted mean of the parts.
    pub score: f64,
    pub parts: Vec<ComplexityPart>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComplexityPart {
    pub name: String,
    /// 0 to 1.
    pub value: f64,
    /// 0 to 1; the weights sum to 1.
    pub weight: f64,
    /// The counted fact behind the value ("41,200 lines of code").
    pub fact: String,
}

impl Complexity {
    /// "small", "moderate", "large" or "very large": how the score sounds in a sentence.
    pub fn label(&self) -> &'static str {
        match self.score {
            s if s < 0.25 => "small",
            s if s < 0.5 => "moderate",
            s if s < 0.75 => "large",
            _ => "very large",
        }
    }
}

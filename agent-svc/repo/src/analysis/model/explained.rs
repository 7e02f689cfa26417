//! The part of the model that explains: what the authors say of their work and where they say it, one call followed
//! through the code, the data it works on, the decisions, what tests promise, how it grew. Plain data only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What explains a repository. Every list is sorted by importance and bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Explained {
    /// What a telling of it has to look like.
    pub material: Material,
    /// The parts of the read-me and of the documents beside it, in the order of their pages.
    pub passages: Vec<Passage>,
    /// One request, command or call, from where it enters; each step is called by the one before.
    pub call: Vec<CallStep>,
    /// The data that most of the code works on.
    pub structures: Vec<Structure>,
    /// Sentences in which the authors give a reason.
    pub decisions: Vec<Remark>,
    /// What the tests promise, by subject.
    pub promises: Vec<Promise>,
    /// Who did most of the work, by stretches of years, oldest first.
    pub eras: Vec<Era>,
    /// Releases that changed much, newest first.
    pub milestones: Vec<Milestone>,
    /// Variables, options, resources or columns that are declared with a description.
    pub declared: Vec<Declared>,
    /// What the files define, by name, in the order of the call.
    pub held: Vec<Held>,
    /// Other telling comments, for what a listener asks about.
    pub remarks: Vec<Remark>,
    /// How it is checked, packed and started, its parts by folder, what it names outside itself.
    pub operations: Vec<Operation>,
}

/// What kind of material it is, for the shape of a telling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Material {
    #[default]
    Library,
    Tool,
    Server,
    WebApplication,
    Game,
    Infrastructure,
    Documents,
    Data,
    Configuration,
    Teaching,
    Firmware,
}

/// A sentence, an item of a list or a row of a table, in the words of its authors, as plain prose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    pub text: String,
    pub file: String,
    /// 1-based.
    pub line: u32,
}

/// What a part of a document is for, by its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PassageRole {
    /// What it is, and for whom.
    What,
    /// Why it exists.
    Why,
    /// What others one could use, and how it differs.
    Alternatives,
    Features,
    /// How it works inside.
    How,
    Usage,
    /// How to install, build and run it.
    Start,
    /// Limits, warnings, questions that are often asked.
    Caveats,
    /// What a reader is to learn from it.
    Goals,
    /// What it holds, part by part.
    Contents,
    /// A heading of its own that says its subject.
    Subject,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    pub role: PassageRole,
    /// As written; empty for what stands before the first heading.
    pub heading: String,
    /// How deep the heading is: 1 for a title; 0 where there is none.
    #[serde(default)]
    pub level: u8,
    pub file: String,
    pub line: u32,
    /// The title of its page; empty in the read-me.
    #[serde(default)]
    pub page: String,
    /// Whether the heading names what is told below it ("skip"), and not the role of what is told ("Options").
    #[serde(default)]
    pub own: bool,
    /// The sentences of its paragraphs.
    pub sentences: Vec<Remark>,
    /// Items of its lists, rows of its tables ("name: description").
    pub items: Vec<Remark>,
    /// Lines of its first block of commands or code.
    pub commands: Vec<Remark>,
}

/// One function on the way of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallStep {
    pub name: String,
    /// The type it belongs to.
    pub parent: Option<String>,
    pub file: String,
    pub line: u32,
    /// What its documentation says, plain prose.
    pub doc: Option<Remark>,
    /// The comments inside it, in their order.
    pub notes: Vec<Remark>,
    /// Functions of this repository that it calls, in their order.
    pub calls: Vec<String>,
    /// Functions of this repository that its endless loop calls, in their order.
    #[serde(default)]
    pub turns: Vec<String>,
    /// What it says when it gives up, word for word.
    #[serde(default)]
    pub refusals: Vec<Remark>,
    /// Whether the step before calls it; otherwise the telling begins anew here.
    pub called: bool,
    /// How it is entered from outside, where that is known.
    #[serde(default)]
    pub entered: Option<Entered>,
}

/// How a call comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    /// The program, the script or the board begins there.
    Start,
    /// A request: its method, empty when it may be any, and its path.
    Route { method: String, path: String },
}

/// A type that much of the code works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Structure {
    pub name: String,
    pub file: String,
    pub line: u32,
    pub doc: Option<String>,
    /// Its documented fields.
    pub fields: Vec<Declared>,
    /// The names of its fields, where too few of them are documented.
    #[serde(default)]
    pub holds: Vec<String>,
    /// How many functions take it.
    pub users: u32,
}

/// Something with a name and a description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Declared {
    pub name: String,
    pub kind: DeclaredKind,
    /// Empty when it has none.
    pub note: String,
    pub file: String,
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredKind {
    Field,
    Input,
    Resource,
    Output,
    /// A flag of a tool.
    Option,
    /// A subcommand of a tool.
    Command,
    Column,
    /// An alias or a setting of somebody's machine.
    Setting,
    /// A table of the database that the code declares.
    Table,
    /// An address of a page, with what is shown there.
    Page,
    /// A number that bounds something; its note is the number.
    Limit,
}

/// What the tests of one subject promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promise {
    /// Its describe block or its file, as words.
    pub subject: String,
    pub file: String,
    pub cases: u64,
    /// Titles of tests that state a rule, word for word. A function that is named so states none: its words were put apart.
    pub rules: Vec<Remark>,
}

/// A stretch of years in which one person did most of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Era {
    pub from: i32,
    pub to: i32,
    pub leader: String,
    pub commits: u64,
    /// Of its commits, how many are the leader's.
    pub led: u64,
}

/// A release that changed much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    pub version: String,
    pub file: String,
    pub line: u32,
    /// What its notes say first.
    pub changes: Vec<Remark>,
}

/// Something that files other than prose declare: pipelines, images, tasks, folders, errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    pub kind: OperationKind,
    /// What or when: a base image, "pushes and pull requests", a folder. Empty when the kind says it.
    pub subject: String,
    /// Commands, services or names, as they are written, in their order.
    pub words: Vec<String>,
    pub file: String,
    /// 1-based.
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Commands that a pipeline runs; the subject says on which events.
    Checks,
    /// The base image of a Dockerfile, and the command that it starts.
    Image,
    /// Services of a compose file.
    Services,
    /// Named commands of a package ("start: node server.js").
    Scripts,
    /// Targets of a makefile.
    Targets,
    /// Errors that the code names.
    Failures,
    /// Hosts that the code asks.
    Hosts,
    /// Named tasks of a role or a playbook, in their order.
    Steps,
    /// Chapters of a book, in their order.
    Chapters,
    /// Source files of a folder, by name.
    Folder,
    /// Versions of what it runs in ("Terraform 1.5 or newer").
    Needs,
}

/// The names that one file defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    pub file: String,
    pub line: u32,
    pub names: Vec<String>,
}

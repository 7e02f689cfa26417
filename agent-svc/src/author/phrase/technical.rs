//! The technical voice: dense and exact, numbers first, no ornament.

use super::{Kind, Phrases};

pub(super) const PHRASES: &[Phrases] = &[
    (
        Kind::Welcome,
        &[
            "Technical briefing: {name}.",
            "Subject of this briefing: {name}.",
            "{name}, a briefing in {minutes} minutes.",
        ],
    ),
    (
        Kind::WhatIs,
        &[
            "Type: {kind}. Main language: {lang}.",
            "Classification: {kind}, implemented in {lang}.",
            "Category: {kind}.",
        ],
    ),
    (
        Kind::Describe,
        &["Function: {name} {does}.", "Stated purpose: “{says}.”"],
    ),
    (Kind::DepthBeginner, &["Terms are defined at first use."]),
    (
        Kind::DepthAdvanced,
        &["Working knowledge of the stack is assumed; definitions are omitted."],
    ),
    (
        Kind::ReadmeSays,
        &["From the read-me: “{says}.”", "The read-me specifies: “{says}.”"],
    ),
    (
        Kind::ReadmeMore,
        &[
            "Further: “{says}.”",
            "Also stated: “{says}.”",
            "Constraint or claim, as written: “{says}.”",
            "Additional detail from the same source: “{says}.”",
            "On record: “{says}.”",
            "The authors specify: “{says}.”",
            "Relevant for integration: “{says}.”",
            "Documented as follows: “{says}.”",
            "Same section: “{says}.”",
        ],
    ),
    (
        Kind::Highlights,
        &["Advertised features: {items}.", "Claims made: {items}."],
    ),
    (
        Kind::Size,
        &["Size: {lines} in {files}.", "Volume: {lines}, {files} read."],
    ),
    (
        Kind::Languages,
        &[
            "Languages: {main} with {share} of all lines, then {others}.",
            "Single-language code base: {only}.",
            "By lines, {main} accounts for {share}; the remainder is {others}.",
        ],
    ),
    (
        Kind::Stars,
        &[
            "GitHub reports {stars} and {forks}.",
            "Public interest: {stars} on GitHub.",
        ],
    ),
    (Kind::Topics, &["Declared topics: {topics}."]),
    (Kind::Licence, &["Licence: {licence}.", "Terms: {licence}."]),
    (
        Kind::FocusFound,
        &[
            "Requested focus: {focus}. Located in {places}.",
            "Requested focus: {focus}. Present, and weighted accordingly.",
        ],
    ),
    (
        Kind::FocusMissing,
        &[
            "Requested focus: {focus}. No match in this repository.",
            "For {focus} the search returned nothing.",
        ],
    ),
    (Kind::Roadmap, &["Agenda: {route}.", "Order of topics: {route}."]),
    (
        Kind::OpenHistory,
        &["Change history.", "Next, the version record."],
    ),
    (Kind::Born, &["First commit: {born}.", "Records begin in {born}."]),
    (Kind::FirstCommit, &["Its subject line: “{subject}.”"]),
    (
        Kind::Growth,
        &[
            "Total: {commits} over {span}, last in {last}.",
            "Volume of change: {commits}, last in {last}.",
        ],
    ),
    (
        Kind::PeopleCount,
        &["Authors: {people}.", "Contributor count: {people}."],
    ),
    (
        Kind::TopPerson,
        &[
            "Leading author: {person}, {commits}, {share} of the total.",
            "Most commits: {person}, with {commits}.",
        ],
    ),
    (
        Kind::OtherPeople,
        &["Followed by {persons}.", "Next in rank: {persons}."],
    ),
    (Kind::BusiestYear, &["Peak year: {year}, {commits}."]),
    (
        Kind::RecentPace,
        &[
            "Trailing twelve months to {last}: {commits}.",
            "Current rate: {commits} in the twelve months to {last}.",
        ],
    ),
    (
        Kind::Releases,
        &[
            "Releases: {tags}; newest {latest}, {dated}.",
            "Tagged: {tags}; newest {latest}.",
            "Tagged: {tags}.",
        ],
    ),
    (
        Kind::RecentWork,
        &[
            "Recent change: “{subject}.”",
            "Also recent: “{subject}.”",
            "Before that: “{subject}.”",
            "Logged as well: “{subject}.”",
            "And: “{subject}.”",
        ],
    ),
    (
        Kind::BusyFile,
        &[
            "Hot spot: {file}, changed {changes} in {compared} commits.",
            "Second hot spot: {file}, {changes}.",
            "High churn also in {file}, {changes}.",
        ],
    ),
    (
        Kind::OpenLayout,
        &["Structure.", "Directory structure, top level."],
    ),
    (
        Kind::Root,
        &[
            "Top level: {count}, by size {folders}.",
            "Root directories: {folders}.",
        ],
    ),
    (
        Kind::BigFolder,
        &[
            "Largest: {place}, {lines} in {files}, {share} of the code.",
            "Concentration: {place} holds {share}, that is {lines}.",
        ],
    ),
    (
        Kind::Folder,
        &[
            "{place}: {lines}, {files}.",
            "Then {place} with {lines}.",
            "Next, {place}: {files}, {lines}.",
            "{place}: {lines}.",
            "Smaller: {place}, {lines}.",
        ],
    ),
    (
        Kind::Members,
        &[
            "Workspace of {count}: {members}.",
            "Packages: {count}, including {members}.",
        ],
    ),
    (Kind::DocsFolder, &["Documentation: {docs}."]),
    (
        Kind::Pattern,
        &[
            "Pattern: {pattern}. {meaning}.",
            "Second pattern identified: {pattern}. {meaning}.",
            "Evidence also supports {pattern}. {meaning}.",
            "Pattern present: {pattern}.",
        ],
    ),
    (
        Kind::OpenPath,
        &["Entry points and call path.", "Control flow starts as follows."],
    ),
    (
        Kind::Entry,
        &[
            "Primary entry: {file}; {evidence}.",
            "Primary entry: {file}, {what} target {called}.",
            "Primary entry: {file}.",
        ],
    ),
    (
        Kind::EntryMore,
        &[
            "Further entry: {file}; {evidence}.",
            "Additional {what} target {called}, defined in {file}.",
            "Also callable: {file}.",
        ],
    ),
    (
        Kind::Routes,
        &["Declared HTTP surface: {count}.", "Interface: {count}."],
    ),
    (
        Kind::Route,
        &[
            "Mapping: {method} {route} resolves to {handler}.",
            "Handler for {method} {route}: {handler}.",
            "{method} {route} dispatches to {handler}.",
        ],
    ),
    (
        Kind::Chain,
        &[
            "Import chain: {a}, then {b}, then {c}.",
            "Import chain: {a}, then {b}.",
        ],
    ),
    (
        Kind::Hub,
        &[
            "Highest fan-in: {mod}, imported by {users}.",
            "Coupling centres on {mod}; {users} import it.",
        ],
    ),
    (
        Kind::PublicNames,
        &[
            "Public surface, most prominent names: {defs}.",
            "Exported first: {defs}.",
        ],
    ),
    (
        Kind::OpenModules,
        &[
            "Components, in order of centrality, starting with {first}.",
            "Component review: {count} items, from {first} to {last}.",
        ],
    ),
    (
        Kind::MoreModules,
        &[
            "Component review, continued: {first} to {last}.",
            "Remaining components begin with {first}.",
            "Second tier: {first} and related modules.",
            "Next block: {first} through {last}.",
            "Supporting components, {first} first.",
        ],
    ),
    (
        Kind::ModDoes,
        &[
            "{mod} {does}.",
            "Responsibility of {mod}: it {does}.",
            "Next: {mod}, which {does}.",
            "Role: {mod} {does}.",
            "By contract, {mod} {does}.",
            "In {mod} the scope is narrow; it {does}.",
            "Documented scope of {mod}: it {does}.",
            "Separately, {mod} {does}.",
        ],
    ),
    (
        Kind::ModSays,
        &[
            "{mod}, per its documentation: “{says}.”",
            "Specification of {mod}: “{says}.”",
            "Scope note for {mod}: “{says}.”",
            "On {mod}: “{says}.”",
        ],
    ),
    (
        Kind::ModPlain,
        &[
            "{mod}: {role}, {lines}.",
            "{mod}: undocumented, {lines}.",
            "Undocumented: {mod}, {lines}.",
            "No stated purpose for {mod}; size {lines}.",
            "Purpose of {mod}: not stated. Size: {lines}.",
            "Also undocumented: {mod}, at {lines}.",
        ],
    ),
    (
        Kind::ModSize,
        &[
            "Size {lines}, {files}.",
            "Extent: {lines} in {files}.",
            "It measures {lines}.",
            "Spread over {files}: {lines}.",
            "Footprint: {lines}.",
            "Bulk: {lines} across {files}.",
        ],
    ),
    (
        Kind::ModUses,
        &[
            "Imports: {uses}.",
            "Outgoing dependencies: {uses}.",
            "Depends on {uses}.",
            "Calls into {uses}.",
            "Coupled to {uses}.",
        ],
    ),
    (
        Kind::ModUsedBy,
        &[
            "Fan-in: {users}.",
            "Imported by {users}.",
            "Dependants: {users}.",
            "Inbound: {users}.",
        ],
    ),
    (
        Kind::ModDefs,
        &[
            "Key definitions: {defs}.",
            "Defines, among others, {defs}.",
            "Central types and functions: {defs}.",
            "Main symbols: {defs}.",
            "Notable: {defs}.",
        ],
    ),
    (
        Kind::ModFile,
        &[
            "Core file: {file}.",
            "Reference file: {file}.",
            "Main source: {file}.",
            "Read {file} for details.",
            "Primary implementation: {file}.",
        ],
    ),
    (
        Kind::ModPublic,
        &[
            "It holds {total}, {public} public.",
            "Definitions: {total}, of which {public} exported.",
            "Surface: {public} of {total} public.",
        ],
    ),
    (
        Kind::Def,
        &[
            "{def} {does}.",
            "Symbol: {def}, which {does}.",
            "Contract: {def} {does}.",
            "Also defined: {def}; it {does}.",
            "Internally, {def} {does}.",
            "At this level {def} {does}.",
            "Documented behaviour: {def} {does}.",
            "Further, {def} {does}.",
            "Supporting it, {def} {does}.",
            "Additionally, {def} {does}.",
            "Of note: {def} {does}.",
            "Within the same unit, {def} {does}.",
        ],
    ),
    (
        Kind::DefSays,
        &[
            "{def}, documented: “{says}.”",
            "Comment on {def}: “{says}.”",
            "Semantics of {def}: “{says}.”",
            "Per documentation of {def}: “{says}.”",
        ],
    ),
    (Kind::OpenDeps, &["External dependencies.", "Supply chain."]),
    (
        Kind::DepCount,
        &[
            "Declared: {count}; {runtime} at run time, {others} for build, test or tooling.",
            "Declared: {count}.",
        ],
    ),
    (Kind::NoDeps, &["Declared external packages: none."]),
    (
        Kind::DepCategory,
        &[
            "By category, {category}: {count}, namely {names}.",
            "Category {category}: {names}.",
            "{count} {category}: {names}.",
        ],
    ),
    (
        Kind::Dep,
        &[
            "{dep}: {what}; {how}.",
            "{dep}: {what}.",
            "Included: {dep}, {what}.",
            "Via {dep}: {what}; {how}.",
            "{dep} supplies {what}.",
            "Function of {dep}: {what}.",
            "Also linked: {dep}, {what}.",
            "{what} is delegated to {dep}.",
        ],
    ),
    (Kind::DepDev, &["Development only: {names}."]),
    (Kind::DepSpread, &["Widest use: {dep}, declared by {count}."]),
    (Kind::OpenTests, &["Verification.", "Test coverage by count."]),
    (
        Kind::Tests,
        &[
            "Tests: {count} in {files}.",
            "Declared cases: {count}; files: {files}.",
            "Test code found in {files}.",
        ],
    ),
    (
        Kind::TestFrameworks,
        &["Framework: {frameworks}.", "Tooling: {frameworks}."],
    ),
    (
        Kind::TestRatio,
        &["Ratio: {ratio} lines of test code per hundred lines of product code."],
    ),
    (
        Kind::TestExample,
        &[
            "Sample assertion: {sentence}.",
            "Verified property, for example: {sentence}.",
        ],
    ),
    (
        Kind::TestMore,
        &[
            "Verified as well: {sentence}.",
            "Also asserted: {sentence}.",
            "Case on record: {sentence}.",
            "Property under test: {sentence}.",
            "Edge case covered: {sentence}.",
        ],
    ),
    (
        Kind::NoTests,
        &["Automated tests: none found. Regression risk is not controlled within the repository."],
    ),
    (
        Kind::Ci,
        &[
            "Continuous integration: {ci}, {pipelines}.",
            "Pipeline host: {ci}; {pipelines} defined.",
        ],
    ),
    (Kind::NoCi, &["Continuous integration: not configured."]),
    (
        Kind::Containers,
        &[
            "Packaging: {file}, with services {services}.",
            "Container build: {file}.",
        ],
    ),
    (
        Kind::Config,
        &["Configuration present for {configs}.", "Configured: {configs}."],
    ),
    (Kind::Env, &["Runtime configuration: {count}."]),
    (
        Kind::Todos,
        &[
            "Open markers: {count} on unfinished work.",
            "Technical debt markers: {count}.",
        ],
    ),
    (
        Kind::Complexity,
        &[
            "Complexity rating: {label}.",
            "Estimated cognitive load: {label}.",
        ],
    ),
    (
        Kind::ComplexityPart,
        &[
            "Driver, {part}: {fact}.",
            "Factor, {part}: {fact}.",
            "Also weighed, {part}: {fact}.",
        ],
    ),
    (
        Kind::Largest,
        &[
            "Largest file: {file}, {lines}.",
            "Second largest: {file}, {lines}.",
        ],
    ),
    (
        Kind::DocCoverage,
        &["Documentation coverage of public names: {share}."],
    ),
    (Kind::DefCounts, &["Definitions by kind: {counts}."]),
    (Kind::OpenReading, &["Recommended reading order."]),
    (Kind::ReadFirst, &["First, {file}. {why}.", "First, {file}."]),
    (
        Kind::ReadNext,
        &[
            "Then {file}. {why}.",
            "Following that, {file}. {why}.",
            "Next in order, {file}: {lines}.",
            "Subsequently {file}. {why}.",
            "Continue with {file}. {why}.",
            "Then proceed to {file}. {why}.",
        ],
    ),
    (
        Kind::Doc,
        &[
            "Document {title} {does}.",
            "Document {title}: “{says}.”",
            "See also {title}; it {does}.",
            "Reference {title}: “{says}.”",
        ],
    ),
    (Kind::OpenClose, &["Conclusions.", "In conclusion."]),
    (Kind::RecapSize, &["Scope covered: {lines}, {files}."]),
    (
        Kind::RecapModules,
        &["Load-bearing components: {mods}.", "Critical components: {mods}."],
    ),
    (
        Kind::Check,
        &[
            "For reference, {question}: {answer}.",
            "Quick reference, {question}: {answer}.",
        ],
    ),
    (
        Kind::Short,
        &["Requested length: {minutes}. Available material: less; this briefing is correspondingly shorter."],
    ),
    (
        Kind::Goodbye,
        &[
            "End of briefing on {name}.",
            "This concludes the briefing on {name}.",
        ],
    ),
    (
        Kind::Gloss,
        &[
            "Definition: {gloss}.",
            "Term: {gloss}.",
            "For clarity, {gloss}.",
            "In this context, {gloss}.",
            "Note that {gloss}.",
            "By definition, {gloss}.",
        ],
    ),
];

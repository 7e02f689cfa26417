//! The documentary voice: third person, unhurried, in the order of time.

use super::{Kind, Phrases};

pub(super) const PHRASES: &[Phrases] = &[
    (
        Kind::Welcome,
        &[
            "This is the story of {name}.",
            "Some projects are easier to use than to know, and {name} is one of them.",
            "Behind the name {name} there is a place made of text, and this is its portrait.",
        ],
    ),
    (
        Kind::WhatIs,
        &[
            "At heart it is {kind}, written for the most part in {lang}.",
            "Put simply, {name} is {kind}, and its language is {lang}.",
            "By nature it is {kind}.",
        ],
    ),
    (
        Kind::Describe,
        &["{name} {does}.", "Its makers sum it up in a line: “{says}.”"],
    ),
    (
        Kind::DepthBeginner,
        &[
            "No knowledge of programming is taken for granted here; the few words that need explaining will be explained.",
        ],
    ),
    (
        Kind::DepthAdvanced,
        &[
            "This account is meant for people who read code for a living, and it does not stop for definitions.",
        ],
    ),
    (
        Kind::ReadmeSays,
        &[
            "The read-me, the first page that every visitor sees, puts it in these words: “{says}.”",
            "On its front page stands this sentence: “{says}.”",
        ],
    ),
    (
        Kind::ReadmeMore,
        &[
            "It goes on: “{says}.”",
            "A little further down it says: “{says}.”",
            "“{says},” the same page adds.",
            "Then comes a promise or a caution: “{says}.”",
            "Elsewhere the authors write: “{says}.”",
            "And they make one thing plain: “{says}.”",
            "Another line deserves to be heard in full: “{says}.”",
            "The page also holds this: “{says}.”",
            "In the authors' own words again: “{says}.”",
        ],
    ),
    (
        Kind::Highlights,
        &[
            "Among the qualities it claims for itself are these: {items}.",
            "It lists its own strengths as {items}.",
        ],
    ),
    (
        Kind::Size,
        &[
            "In numbers, that is {lines} in {files}.",
            "The whole of it comes to {lines}, spread over {files}.",
        ],
    ),
    (
        Kind::Languages,
        &[
            "{main} makes up {share} of the code, and the rest is {others}.",
            "All of the code is written in a single language, {only}.",
            "The main language is {main}, with {share} of the lines; beside it stand {others}.",
        ],
    ),
    (
        Kind::Stars,
        &[
            "On GitHub, {stars} and {forks} show how many people have taken notice.",
            "It has gathered {stars} on GitHub.",
        ],
    ),
    (Kind::Topics, &["Its owners file it under {topics}."]),
    (
        Kind::Licence,
        &[
            "Anyone may use it under the terms of the {licence} licence.",
            "It is published under the {licence} licence.",
        ],
    ),
    (
        Kind::FocusFound,
        &[
            "Because {focus} was asked for, this account stays longest with {places}.",
            "Special attention goes to {focus}, as requested.",
        ],
    ),
    (
        Kind::Roadmap,
        &[
            "The road from here leads through {route}.",
            "What follows looks at {route}.",
        ],
    ),
    (
        Kind::OpenHistory,
        &[
            "Every repository keeps a diary, and this one can be read from its first page.",
            "To understand what it is, it helps to know how it became so.",
        ],
    ),
    (
        Kind::Born,
        &["The first entry dates from {born}.", "It began in {born}."],
    ),
    (
        Kind::FirstCommit,
        &[
            "The note on that first commit reads “{subject}.”",
            "Its very first change was called “{subject}.”",
        ],
    ),
    (
        Kind::Growth,
        &[
            "Over {span}, {commits} followed, the latest of them in {last}.",
            "Since then, in the course of {span}, it has grown by {commits}.",
            "Its record shows {commits}, the latest from {last}.",
        ],
    ),
    (
        Kind::PeopleCount,
        &[
            "In all, {people} have left their names in it.",
            "The record names {people} as its authors.",
        ],
    ),
    (
        Kind::TopPerson,
        &[
            "The most frequent name is {person}, with {commits}, {share} of the whole.",
            "Nobody has written more of it than {person}, who made {commits}.",
        ],
    ),
    (
        Kind::OtherPeople,
        &["After that come {persons}.", "Beside that name stand {persons}."],
    ),
    (
        Kind::BusiestYear,
        &[
            "Its busiest year was {year}, with {commits}.",
            "Work peaked in {year}: {commits} in twelve months.",
        ],
    ),
    (
        Kind::RecentPace,
        &[
            "In the year that ended in {last} there were {commits}.",
            "The last twelve months on record, up to {last}, brought {commits}.",
        ],
    ),
    (
        Kind::Releases,
        &[
            "Along the way it was released again and again: {tags} are marked, the newest being {latest}, from {dated}.",
            "The history carries {tags}, the newest named {latest}.",
            "In that time {tags} were marked.",
        ],
    ),
    (
        Kind::RecentWork,
        &[
            "One of the newest changes is described as “{subject}.”",
            "Another recent entry reads “{subject}.”",
            "Not long before, somebody noted “{subject}.”",
            "The same weeks brought “{subject}.”",
            "Close behind it comes “{subject}.”",
        ],
    ),
    (
        Kind::BusyFile,
        &[
            "No quiet place: {file} changed {changes} within the newest {compared} commits.",
            "Much of the recent work passed through {file}, which was touched {changes}.",
            "Attention also kept returning to {file}, changed {changes}.",
        ],
    ),
    (
        Kind::OpenLayout,
        &[
            "From above, a repository looks like a map.",
            "The outline of the place says a good deal about the thinking behind it.",
        ],
    ),
    (
        Kind::Root,
        &[
            "At the top level there are {count}: {folders}.",
            "Its outermost folders are named {folders}.",
        ],
    ),
    (
        Kind::BigFolder,
        &[
            "The heaviest of them is {place}: {lines} of code in {files}, {share} of everything.",
            "Most of the weight lies in {place}, with {lines} in {files}.",
        ],
    ),
    (
        Kind::Folder,
        &[
            "Next in size is {place}, with {lines}.",
            "{place} holds {lines} in {files}.",
            "After it comes {place}, {lines} long.",
            "Smaller again is {place}, where {files} share {lines}.",
            "And then there is {place}: {lines} in all.",
        ],
    ),
    (
        Kind::Members,
        &[
            "It is not one package but {count}, among them {members}.",
            "Inside it, {count} live side by side: {members}.",
        ],
    ),
    (
        Kind::DocsFolder,
        &["The authors have also written {docs} for their readers."],
    ),
    (
        Kind::Pattern,
        &[
            "Its architecture can be named: {pattern}. {meaning}.",
            "Another trait of the design is what engineers call {pattern}. {meaning}.",
            "One can recognise {pattern} here. {meaning}.",
            "The folders also betray {pattern}.",
        ],
    ),
    (
        Kind::OpenPath,
        &[
            "Every program has a place where it begins.",
            "Follow one call from the outside in, and the design shows itself.",
        ],
    ),
    (
        Kind::Entry,
        &[
            "Here that place is {file}: {evidence}.",
            "The way in is {file}, the start of the {what} called {called}.",
            "Everything sets out from {file}.",
        ],
    ),
    (
        Kind::EntryMore,
        &[
            "A second door opens in {file}: {evidence}.",
            "There is another beginning in {file}, for the {what} called {called}.",
            "Yet another way in is {file}.",
        ],
    ),
    (
        Kind::Routes,
        &[
            "The code declares {count}, the addresses at which it can be called.",
            "To the outside it offers {count}.",
        ],
    ),
    (
        Kind::Route,
        &[
            "When {method} {route} arrives, {handler} takes it.",
            "For {method} {route}, the answer comes from {handler}.",
            "It is {handler} that deals with {method} {route}.",
        ],
    ),
    (
        Kind::Chain,
        &[
            "From there the path leads through {a} into {b}, and from {b} on to {c}.",
            "A call that enters {a} is handed on to {b}.",
        ],
    ),
    (
        Kind::Hub,
        &[
            "If the place has a centre, it is {mod}: {users} depend on it.",
            "All roads seem to meet in {mod}, which {users} import.",
        ],
    ),
    (
        Kind::PublicNames,
        &[
            "The names that outsiders meet first are {defs}.",
            "Whoever calls it from outside will soon know {defs}.",
        ],
    ),
    (
        Kind::OpenModules,
        &[
            "Inside, the work is divided among modules, and each has its own character.",
            "Now to the parts themselves, beginning with {first}.",
        ],
    ),
    (
        Kind::MoreModules,
        &[
            "The walk goes on with {first}.",
            "Other rooms remain to be seen, {first} among them.",
            "Beyond these lies a further group, from {first} to {last}.",
            "What has been told so far rests on quieter parts, such as {first}.",
            "There is more behind the next door: {first}.",
        ],
    ),
    (
        Kind::ModDoes,
        &[
            "At {mod} one sees the design most clearly; it {does}.",
            "Then there is {mod}, which {does}.",
            "The task of {mod} is easily told: it {does}.",
            "A different duty falls to {mod}. It {does}.",
            "Close by, {mod} {does}.",
            "Of {mod} the documentation says that it {does}.",
            "Less visible, but no less needed, {mod} {does}.",
            "Another part is {mod}, and it {does}.",
        ],
    ),
    (
        Kind::ModSays,
        &[
            "About {mod} its own documentation says: “{says}.”",
            "{mod} introduces itself with the words “{says}.”",
            "Of {mod} one reads: “{says}.”",
            "The authors describe {mod} like this: “{says}.”",
        ],
    ),
    (
        Kind::ModPlain,
        &[
            "{mod} is {role}, {lines} of it.",
            "No one has written down what {mod} is for, but it is {role}.",
            "Without a word of introduction stands {mod}, with {lines}.",
            "Silent about itself is {mod}, which counts {lines}.",
            "Of {mod} the documentation says nothing; its size is {lines}.",
            "Another part goes by the name of {mod}, and it holds {lines}.",
        ],
    ),
    (
        Kind::ModSize,
        &[
            "Its size is {lines} in {files}.",
            "It takes {lines} to do this.",
            "All of that fits into {files} with {lines}.",
            "One finds {lines} there, in {files}.",
            "The part is {lines} long.",
            "For this, {lines} were enough.",
        ],
    ),
    (
        Kind::ModUses,
        &[
            "To do so it relies on {uses}.",
            "It borrows from {uses}.",
            "In turn it calls on {uses}.",
            "Its own needs are met by {uses}.",
            "Behind it stand {uses}.",
        ],
    ),
    (
        Kind::ModUsedBy,
        &[
            "{users} {depend} on it.",
            "Within the project, {users} {depend} on it in turn.",
            "It carries weight: {users} {depend} on what it offers.",
            "So far {users} {depend} on it.",
        ],
    ),
    (
        Kind::ModDefs,
        &[
            "The names that stand out in it are {defs}.",
            "One meets {defs} there.",
            "Its vocabulary includes {defs}.",
            "Central to it are {defs}.",
            "In its files the words {defs} come up first.",
        ],
    ),
    (
        Kind::ModFile,
        &[
            "The file to look at is {file}.",
            "Its heart beats in {file}.",
            "Most telling of its files is {file}.",
            "It is best met in {file}.",
            "A good portrait of it is {file}.",
        ],
    ),
    (
        Kind::ModPublic,
        &[
            "It defines {total}, of which {public} can be seen from outside.",
            "Of its {total}, {public} are public.",
        ],
    ),
    (
        Kind::Def,
        &[
            "Among its pieces, {def} {does}.",
            "In the same files {def} {does}.",
            "Then comes {def}, which {does}.",
            "Here {def} {does}.",
            "Part of the machinery is {def}: it {does}.",
            "There, too, {def} {does}.",
            "A closer look finds {def}, which {does}.",
            "As its comment tells, {def} {does}.",
            "Beside it, {def} {does}.",
            "Worth a mention is {def}; it {does}.",
            "Elsewhere in it, {def} {does}.",
            "Quietly, {def} {does}.",
        ],
    ),
    (
        Kind::DefSays,
        &[
            "On {def} the comment reads: “{says}.”",
            "Above {def} somebody wrote: “{says}.”",
            "The note beside {def} explains: “{says}.”",
            "Of {def} it is said: “{says}.”",
        ],
    ),
    (
        Kind::OpenDeps,
        &[
            "No project of today stands alone.",
            "Much of what it can do, it owes to others.",
        ],
    ),
    (
        Kind::DepCount,
        &[
            "This one names {count}: {runtime} that travel with it, and {others} that only help to build or check it.",
            "Its manifests name {count}.",
        ],
    ),
    (
        Kind::NoDeps,
        &["This one comes close, for its manifests name no outside package at all."],
    ),
    (
        Kind::DepCategory,
        &[
            "There are {count} {category} among them: {names}.",
            "Its {category} number {count}, namely {names}.",
            "Of {category} it uses {count}: {names}.",
        ],
    ),
    (
        Kind::Dep,
        &[
            "{dep} is {what}: {how}.",
            "From outside comes {dep}, {what}.",
            "It brings in {dep}, which is {what}.",
            "There is {dep}, {what}: {how}.",
            "A part is played by {dep}, {what}.",
            "{dep} serves as {what}.",
            "One also finds {dep}; it is {what}.",
            "With {dep} it gains {what}.",
        ],
    ),
    (
        Kind::DepDev,
        &["Only its makers see {names}, which are needed to build and test it."],
    ),
    (
        Kind::DepSpread,
        &[
            "One guest is at home everywhere: {count} name {dep}.",
            "{dep} turns up in {count} of the workspace.",
        ],
    ),
    (
        Kind::OpenTests,
        &[
            "A claim is one thing, a proof another.",
            "How does a project know that it still works?",
        ],
    ),
    (
        Kind::Tests,
        &[
            "Here {count} in {files} stand guard over the code.",
            "There are {count} to ask that question, in {files}.",
            "Tests were found in {files}.",
        ],
    ),
    (
        Kind::TestFrameworks,
        &[
            "They are written with {frameworks}.",
            "The tool for it is {frameworks}.",
        ],
    ),
    (
        Kind::TestRatio,
        &["For every hundred lines of code there are {ratio} lines of tests."],
    ),
    (
        Kind::TestExample,
        &[
            "One of them states plainly: {sentence}.",
            "Read as a sentence, one test says: {sentence}.",
        ],
    ),
    (
        Kind::TestMore,
        &[
            "Another insists: {sentence}.",
            "A third kind of promise is this: {sentence}.",
            "There is also a test for this: {sentence}.",
            "And the authors made sure of one more thing: {sentence}.",
            "Somebody also thought of this case: {sentence}.",
        ],
    ),
    (
        Kind::NoTests,
        &[
            "No tests were found in this repository. What keeps it right, then, is the care of its authors and the reports of its users.",
        ],
    ),
    (
        Kind::Ci,
        &[
            "After each change, {ci} repeats the checks, in {pipelines}.",
            "The routine is entrusted to {ci}, with {pipelines}.",
        ],
    ),
    (
        Kind::Containers,
        &[
            "It can be packed into a container by {file}, together with {services}.",
            "For running it elsewhere there is {file}.",
        ],
    ),
    (
        Kind::Config,
        &[
            "Its settings cover {configs}.",
            "There are settings for {configs}.",
        ],
    ),
    (Kind::Env, &["From outside it can be steered by {count}."]),
    (
        Kind::Todos,
        &[
            "The authors have left themselves {count} about things still to be done.",
            "Scattered through the code are {count} to their future selves.",
        ],
    ),
    (
        Kind::Complexity,
        &[
            "As a task for a newcomer, it is a {label} one.",
            "Measured by all of this, there is a {label} amount to understand.",
        ],
    ),
    (
        Kind::ComplexityPart,
        &[
            "The {part} counts toward that: {fact}.",
            "Part of the reason is the {part}: {fact}.",
            "Then the {part}: {fact}.",
        ],
    ),
    (
        Kind::Largest,
        &[
            "The longest file is {file}, with {lines}.",
            "Nearly as long is {file}, at {lines}.",
        ],
    ),
    (
        Kind::DocCoverage,
        &["Of the names that are public, {share} carry a word of explanation."],
    ),
    (Kind::DefCounts, &["Counted out, the code defines {counts}."]),
    (
        Kind::OpenReading,
        &["And if one wished to read it, where would one begin?"],
    ),
    (
        Kind::ReadFirst,
        &["With {file}. {why}.", "The best place is {file}."],
    ),
    (
        Kind::ReadNext,
        &[
            "After it, {file}. {why}.",
            "From there one would turn to {file}. {why}.",
            "A patient reader goes on to {file}. {why}.",
            "Then comes {file}, {lines} long.",
            "Nor should {file} be missed. {why}.",
            "The next stop would be {file}. {why}.",
        ],
    ),
    (
        Kind::Doc,
        &[
            "A document named {title} {does}.",
            "In the document called {title} one reads: “{says}.”",
            "There is also a text on {title}, which {does}.",
            "The page on {title} says: “{says}.”",
        ],
    ),
    (
        Kind::OpenClose,
        &[
            "So much for the parts.",
            "That is the place, as its own files describe it.",
        ],
    ),
    (
        Kind::RecapSize,
        &[
            "What looked at first like {lines} in {files} turns out to have an order that can be told.",
            "The {lines} are less of a riddle once their order is known.",
        ],
    ),
    (
        Kind::RecapModules,
        &[
            "If only three names stay in memory, let them be {mods}.",
            "To remember it by, keep {mods} in mind.",
        ],
    ),
    (
        Kind::Check,
        &["And if anyone should ask {question}: it is {answer}."],
    ),
    (
        Kind::Goodbye,
        &[
            "That was {name}, as it stood on the day of its latest commit.",
            "Here the story of {name} rests, until its next commit.",
        ],
    ),
    (
        Kind::Gloss,
        &[
            "To explain the word: {gloss}.",
            "A short explanation is in order: {gloss}.",
            "For those who have not met the term, {gloss}.",
            "It may help to know that {gloss}.",
            "In plain words, {gloss}.",
            "By way of explanation, {gloss}.",
        ],
    ),
];

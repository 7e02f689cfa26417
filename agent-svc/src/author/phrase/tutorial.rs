//! The tutorial voice: a teacher who says "you", goes step by step and checks what was understood.

use super::{Kind, Phrases};

pub(super) const PHRASES: &[Phrases] = &[
    (
        Kind::Welcome,
        &[
            "Welcome! In the next {minutes} minutes you will learn your way around {name}.",
            "Let us get you started with {name}.",
            "By the end of these {minutes} minutes, you will be able to find your way in {name}.",
        ],
    ),
    (
        Kind::WhatIs,
        &[
            "First things first: you are looking at {kind}, written mostly in {lang}.",
            "Remember this much to begin with: {name} is {kind}.",
            "What you have in front of you is {kind}.",
        ],
    ),
    (
        Kind::Describe,
        &[
            "What can you do with it? In short, {name} {does}.",
            "You can sum it up with its own description: “{says}.”",
        ],
    ),
    (
        Kind::DepthBeginner,
        &[
            "You do not need to be a programmer to follow; whenever a new word comes up, you will hear what it means.",
        ],
    ),
    (
        Kind::DepthAdvanced,
        &["You know how to read code, so we will skip the basics and go straight to the parts that matter."],
    ),
    (
        Kind::ReadmeSays,
        &[
            "Open the read-me first, and you will find this sentence: “{says}.”",
            "Before anything else, hear what the read-me tells you: “{says}.”",
        ],
    ),
    (
        Kind::ReadmeMore,
        &[
            "Keep reading and you come to this: “{says}.”",
            "Notice this line as well: “{says}.”",
            "You should also know the following: “{says}.”",
            "The read-me then tells you: “{says}.”",
            "Make a note of this one: “{says}.”",
            "A bit further down you will see: “{says}.”",
            "Keep in mind what the authors say here: “{says}.”",
            "One more line for you: “{says}.”",
            "And do not skip this: “{says}.”",
        ],
    ),
    (
        Kind::Highlights,
        &[
            "If you wonder why you would choose it, here is what it offers you: {items}.",
            "You get these things from it: {items}.",
        ],
    ),
    (
        Kind::Size,
        &[
            "How much is there to learn? You have {lines} in {files} ahead of you.",
            "Do not be put off by the size: it is {lines} in {files}.",
        ],
    ),
    (
        Kind::Languages,
        &[
            "You will mostly read {main}, which is {share} of the code; expect some {others} too.",
            "You only need one language for this: {only}.",
            "If you can read {main}, you can read {share} of it; the rest is {others}.",
        ],
    ),
    (
        Kind::Stars,
        &[
            "You are in good company: it has {stars} on GitHub.",
            "Many others came this way before you, as {stars} and {forks} on GitHub show.",
        ],
    ),
    (Kind::Topics, &["Look for it under {topics}."]),
    (
        Kind::Licence,
        &[
            "You may use it under the {licence} licence.",
            "Before you build on it, note the licence: {licence}.",
        ],
    ),
    (
        Kind::FocusFound,
        &[
            "You asked about {focus}, so we will spend extra time in {places}.",
            "Since you want to learn about {focus}, you will hear more of it than of the rest.",
        ],
    ),
    (
        Kind::FocusMissing,
        &[
            "You also asked about {focus}. I looked for it, and this repository has nothing on it.",
            "Do not wait for {focus}, though: there is none of it in this repository.",
        ],
    ),
    (
        Kind::Roadmap,
        &[
            "Here is your plan: you will go through {route}.",
            "We will take it in steps: {route}.",
        ],
    ),
    (
        Kind::OpenHistory,
        &[
            "A little background will help you read the code with kinder eyes.",
            "You will understand some decisions better once you know when they were made.",
        ],
    ),
    (
        Kind::Born,
        &[
            "Think back to {born}: that is when it began.",
            "Your starting point on the time line is {born}.",
        ],
    ),
    (
        Kind::FirstCommit,
        &["If you scroll all the way down the log, you find “{subject}.”"],
    ),
    (
        Kind::Growth,
        &[
            "You can follow it through {commits} over {span}, up to {last}.",
            "Its log gives you {commits}, the latest from {last}.",
        ],
    ),
    (
        Kind::PeopleCount,
        &[
            "You would be joining {people}.",
            "Who wrote it? You will see {people} in the log.",
        ],
    ),
    (
        Kind::TopPerson,
        &[
            "If you have a question about the past, {person} is the one to ask, with {commits}.",
            "The name you will see most is {person}: {commits}, {share} of them all.",
        ],
    ),
    (
        Kind::OtherPeople,
        &[
            "You will also come across {persons}.",
            "Other names you will meet are {persons}.",
        ],
    ),
    (
        Kind::BusiestYear,
        &["Most of what you read was shaped around {year}, the year with {commits}."],
    ),
    (
        Kind::RecentPace,
        &[
            "Expect it to move: the twelve months up to {last} saw {commits}.",
            "To judge how alive it is, count the last twelve months up to {last}: {commits}.",
        ],
    ),
    (
        Kind::Releases,
        &[
            "When you pick a version, you have {tags} to choose from; the newest is {latest}.",
            "You can pick from {tags}.",
        ],
    ),
    (
        Kind::RecentWork,
        &[
            "To get a feeling for current work, look at the change called “{subject}.”",
            "You could also study “{subject}.”",
            "Another good change to learn from is “{subject}.”",
            "Try reading the one named “{subject}.”",
            "See as well “{subject}.”",
        ],
    ),
    (
        Kind::BusyFile,
        &[
            "Handle {file} with care: it changed {changes} in the newest {compared} commits.",
            "You will probably touch {file} sooner or later; others did, {changes}.",
            "Also often edited is {file}, {changes} lately.",
        ],
    ),
    (
        Kind::OpenLayout,
        &[
            "Step one: get your bearings.",
            "Before you open any file, look at the folders.",
        ],
    ),
    (
        Kind::Root,
        &[
            "At the top you will find {count}. Say them once to yourself: {folders}.",
            "List the top folder and you see {folders}.",
        ],
    ),
    (
        Kind::BigFolder,
        &[
            "Spend most of your time in {place}: with {lines} in {files}, it is {share} of the code.",
            "If you open just one folder, open {place}, where {lines} await you.",
        ],
    ),
    (
        Kind::Folder,
        &[
            "Next, peek into {place}; you will count {lines}.",
            "Keep {place} for later, with its {lines} in {files}.",
            "You can treat {place} as the next stop: {lines}.",
            "When you need it, {place} is there with {files}.",
            "Do not forget {place}, {lines} in size.",
        ],
    ),
    (
        Kind::Members,
        &[
            "You are dealing with {count} at once: {members}.",
            "Be aware that this is a workspace; you can build {count} from it, such as {members}.",
        ],
    ),
    (Kind::DocsFolder, &["You also get {docs} to read."]),
    (
        Kind::Pattern,
        &[
            "Here is a pattern to recognise: {pattern}. {meaning}.",
            "You may know the next idea from elsewhere: {pattern}. {meaning}.",
            "Watch out for {pattern} too. {meaning}.",
            "You will also notice {pattern}.",
        ],
    ),
    (
        Kind::OpenPath,
        &[
            "Step two: follow one call from its beginning.",
            "Now put your finger on the place where things start, and do not lift it.",
        ],
    ),
    (
        Kind::Entry,
        &[
            "Open {file}. You start here because {evidence}.",
            "Go to {file}; the {what} called {called} starts there.",
            "Your starting point is {file}.",
        ],
    ),
    (
        Kind::EntryMore,
        &[
            "You can also start in {file}: {evidence}.",
            "If you want to see another beginning, open {file}, for the {what} called {called}.",
            "A further way in for you is {file}.",
        ],
    ),
    (
        Kind::Routes,
        &["You can call it at {count}.", "It answers you at {count}."],
    ),
    (
        Kind::Route,
        &[
            "Try it in your head: {method} {route} goes to {handler}.",
            "If you make {method} {route}, then {handler} answers you.",
            "And for {method} {route} you end up in {handler}.",
        ],
    ),
    (
        Kind::Chain,
        &[
            "Now trace the call: you leave {a}, enter {b}, and come out in {c}.",
            "Trace it one step: from {a} you get into {b}.",
        ],
    ),
    (
        Kind::Hub,
        &[
            "If you learn one module by heart, make it {mod}, because {users} depend on it.",
            "You will keep coming back to {mod}; {users} import it.",
        ],
    ),
    (
        Kind::PublicNames,
        &[
            "Learn these names first, since you will call them yourself: {defs}.",
            "When you use it from outside, you will type {defs}.",
        ],
    ),
    (
        Kind::OpenModules,
        &[
            "Step three: meet the modules one by one, starting with {first}.",
            "Ready for the parts? Take them one at a time.",
        ],
    ),
    (
        Kind::MoreModules,
        &[
            "Good. Take a breath, then go on to {first}.",
            "Your next step takes you to {first}.",
            "Let us continue with {first}; you are doing fine.",
            "You have seen the main parts, so now look at {first}.",
            "Onwards: you have {first} and its neighbours still to meet.",
        ],
    ),
    (
        Kind::ModDoes,
        &[
            "Take {mod}: it {does}.",
            "When you open {mod}, remember that it {does}.",
            "What does {mod} give you? It {does}.",
            "You will need {mod} as well, because it {does}.",
            "Now look at {mod}, which {does}.",
            "Your next stop, {mod}, {does}.",
            "Think of {mod} as the part that does one job: it {does}.",
            "You can rely on {mod} here, for it {does}.",
        ],
    ),
    (
        Kind::ModSays,
        &[
            "Read the first lines of {mod} and you learn: “{says}.”",
            "In {mod} you will be told: “{says}.”",
            "For {mod}, trust its own words: “{says}.”",
            "Let {mod} explain itself to you: “{says}.”",
        ],
    ),
    (
        Kind::ModPlain,
        &[
            "{mod} is {role}; you will have {lines} to read there.",
            "You will have to find out for yourself what {mod} is for, in {lines}.",
            "Nobody wrote an introduction to {mod}, so you start from its {lines}.",
            "Also on your list: {mod}, with {lines}.",
            "Put {mod} on your map; it has {lines}.",
            "You also have {mod} to explore, {lines} in all.",
        ],
    ),
    (
        Kind::ModSize,
        &[
            "Plan for {lines} in {files}.",
            "You can read it in one sitting or several: {lines}.",
            "That is {lines} for you to go through.",
            "You will find {files} there, with {lines}.",
            "Expect {lines}.",
            "It will take you through {lines}.",
        ],
    ),
    (
        Kind::ModUses,
        &[
            "Before you change it, know that it uses {uses}.",
            "You will see it call {uses}.",
            "To follow it, you need {uses} too.",
            "It sends you on to {uses}.",
            "From here you can jump to {uses}.",
        ],
    ),
    (
        Kind::ModUsedBy,
        &[
            "Be careful when you edit it: {users} {depend} on it.",
            "If you break it, {users} will notice.",
            "You should know that {users} {depend} on it.",
            "Remember who is watching: {users}.",
        ],
    ),
    (
        Kind::ModDefs,
        &[
            "Look for these names in it: {defs}.",
            "You will want to search for {defs}.",
            "The words to learn here are {defs}.",
            "As you read, mark {defs}.",
            "Pick out {defs} first.",
        ],
    ),
    (
        Kind::ModFile,
        &[
            "Start with {file}.",
            "Open {file} and read it top to bottom.",
            "The best file for you to begin with is {file}.",
            "Have a look at {file} now.",
            "You could keep {file} open beside you.",
        ],
    ),
    (
        Kind::ModPublic,
        &[
            "You can reach {public} of its {total} from outside.",
            "It defines {total}, and {public} of them are yours to call.",
        ],
    ),
    (
        Kind::Def,
        &[
            "Use {def} when you need it: it {does}.",
            "You will meet {def}, which {does}.",
            "Look at {def}; it {does}.",
            "Remember {def}: it {does}.",
            "Now find {def}. It {does}.",
            "Learn what {def} is for: it {does}.",
            "As an exercise, look up {def}, which {does}.",
            "When you see {def}, you know that it {does}.",
            "Next to it you have {def}, and it {does}.",
            "For your purposes, {def} {does}.",
            "Do not overlook {def}: it {does}.",
            "You can count on {def}, which {does}.",
        ],
    ),
    (
        Kind::DefSays,
        &[
            "Read the comment on {def}: “{says}.”",
            "When you come to {def}, you are told: “{says}.”",
            "For {def}, remember this: “{says}.”",
            "You will find this above {def}: “{says}.”",
        ],
    ),
    (
        Kind::OpenDeps,
        &[
            "Next, see what you have to bring along.",
            "What will your computer fetch before anything runs?",
        ],
    ),
    (
        Kind::DepCount,
        &[
            "You will pull in {count}: {runtime} to run it, and {others} only to build or check it.",
            "You will see {count} in its manifests.",
        ],
    ),
    (
        Kind::NoDeps,
        &["Good news for you: the manifests name no outside package, so there is nothing else to learn."],
    ),
    (
        Kind::DepCategory,
        &[
            "You get {count} {category}: {names}.",
            "For the kind of thing called {category}, you have {count} to know: {names}.",
            "Group these together as {category}: {names}.",
        ],
    ),
    (
        Kind::Dep,
        &[
            "{dep} gives you {what}: {how}.",
            "You need {dep}, which is {what}.",
            "Think of {dep} as {what}.",
            "If you have not used {dep} before, it is {what}: {how}.",
            "Look up {dep} if you must; it is {what}.",
            "With {dep} you have {what}.",
            "Then you have {dep}, {what}.",
            "Where you read {dep}, think of {what}.",
        ],
    ),
    (
        Kind::DepDev,
        &["While you work on it, you will also use {names}."],
    ),
    (
        Kind::DepSpread,
        &["You will see {dep} everywhere: {count} name it."],
    ),
    (
        Kind::OpenTests,
        &[
            "Now make sure that you can trust what you change.",
            "How will you know that you broke nothing?",
        ],
    ),
    (
        Kind::Tests,
        &[
            "You have {count} in {files} to lean on.",
            "Run the tests: there are {count}, in {files}.",
            "You will find tests in {files}.",
        ],
    ),
    (
        Kind::TestFrameworks,
        &[
            "To run or write one, you use {frameworks}.",
            "You write yours with {frameworks}.",
        ],
    ),
    (
        Kind::TestRatio,
        &["As a guide for your own work, there are {ratio} lines of tests to a hundred lines of code."],
    ),
    (
        Kind::TestExample,
        &[
            "Read their names and you learn the rules. For instance: {sentence}.",
            "Here is a rule that you can rely on, because a test checks it: {sentence}.",
        ],
    ),
    (
        Kind::TestMore,
        &[
            "Here is another for you: {sentence}.",
            "You may also count on this: {sentence}.",
            "Try to remember this one: {sentence}.",
            "And if you doubt it, a test shows that {sentence}.",
            "You can check this as well: {sentence}.",
        ],
    ),
    (
        Kind::NoTests,
        &["You will not find any tests here. If you change something, write the first one yourself."],
    ),
    (
        Kind::Ci,
        &[
            "When you push a change, {ci} will check it for you, in {pipelines}.",
            "You need not run everything by hand, since {ci} does it with {pipelines}.",
        ],
    ),
    (
        Kind::Containers,
        &[
            "If you prefer containers, use {file}; it gives you {services}.",
            "You can package it with {file}.",
        ],
    ),
    (
        Kind::Config,
        &[
            "You can adjust {configs}.",
            "Look for your settings under {configs}.",
        ],
    ),
    (Kind::Env, &["Before you run it, know that it reads {count}."]),
    (
        Kind::Todos,
        &[
            "Looking for something to do? You will find {count} about unfinished work.",
            "There are {count} on open work, if you want a first task.",
        ],
    ),
    (
        Kind::Complexity,
        &[
            "How hard will it be for you? Call it a {label} amount to take in.",
            "Give yourself time for a {label} amount of detail.",
        ],
    ),
    (
        Kind::ComplexityPart,
        &[
            "You can see why in the {part}: {fact}.",
            "Look at the {part}, for one: {fact}.",
            "Take into account the {part}: {fact}.",
        ],
    ),
    (
        Kind::Largest,
        &[
            "Save {file} for a quiet hour: it has {lines}.",
            "You may want to fold {file} as you read, at {lines}.",
        ],
    ),
    (
        Kind::DocCoverage,
        &["You will find a comment on {share} of the public names."],
    ),
    (
        Kind::DefCounts,
        &["If you like to count, you are looking at {counts}."],
    ),
    (Kind::OpenReading, &["What should you read after this?"]),
    (
        Kind::ReadFirst,
        &["Begin with {file}. {why}.", "Read {file} first."],
    ),
    (
        Kind::ReadNext,
        &[
            "Go on to {file}. {why}.",
            "Your third stop, or fourth if you are thorough, is {file}. {why}.",
            "Then open {file}, {lines} long.",
            "Do read {file} as well. {why}.",
            "When you have time, add {file}. {why}.",
            "Put {file} on your list too. {why}.",
        ],
    ),
    (
        Kind::Doc,
        &[
            "If you want more, the text called {title} {does}.",
            "In {title} you can read: “{says}.”",
            "You may like the document on {title}; it {does}.",
            "Look into {title}, where you are told: “{says}.”",
        ],
    ),
    (
        Kind::OpenClose,
        &["Before you go, check yourself.", "Now see what you remember."],
    ),
    (
        Kind::RecapSize,
        &["You have just walked through {lines} in {files}."],
    ),
    (
        Kind::RecapModules,
        &[
            "If you forget everything else, remember {mods}.",
            "The parts to keep in your head are {mods}.",
        ],
    ),
    (
        Kind::Check,
        &[
            "Can you say {question}? It is {answer}.",
            "Try this one: {question}? The answer is {answer}.",
            "And do you still know {question}? Right: {answer}.",
        ],
    ),
    (
        Kind::Goodbye,
        &[
            "That is all you need to begin with {name}. Open an editor and try it.",
            "Now it is your turn: open {name} and read one file today.",
        ],
    ),
    (
        Kind::Gloss,
        &[
            "If the word is new to you, {gloss}.",
            "Here is what you need to know: {gloss}.",
            "A new word for you: {gloss}.",
            "Keep this in mind: {gloss}.",
            "You may want to write this down: {gloss}.",
            "To be sure that you can follow, {gloss}.",
        ],
    ),
];

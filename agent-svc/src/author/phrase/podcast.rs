//! The podcast voice: a host who wonders aloud, asks, answers and talks to the listener.

use super::{Kind, Phrases};

pub(super) const PHRASES: &[Phrases] = &[
    (
        Kind::Welcome,
        &[
            "Hello and welcome! Today on the show: {name}.",
            "Hey, good to have you here. I have been reading code again, and this time it is {name}.",
            "Hi everyone. So, who here has heard of {name}?",
        ],
    ),
    (
        Kind::WhatIs,
        &[
            "What is it? Well, {kind}, and the language is {lang}.",
            "The short version: {name} is {kind}.",
            "Okay, so what are we talking about? It's {kind}, mostly {lang}.",
        ],
    ),
    (
        Kind::Describe,
        &[
            "If you asked me at a party, I'd say that {name} {does}.",
            "They pitch it like this, and I quote: “{says}.”",
        ],
    ),
    (
        Kind::DepthBeginner,
        &["And don't worry if you have never written a line of code, I'll explain as we go."],
    ),
    (
        Kind::DepthAdvanced,
        &["I'm going to assume that you write code all day, so we'll get properly nerdy."],
    ),
    (
        Kind::ReadmeSays,
        &[
            "I opened the read-me, as one does, and there it is: “{says}.”",
            "The read-me had me right here: “{says}.”",
        ],
    ),
    (
        Kind::ReadmeMore,
        &[
            "And then this, which I rather like: “{says}.”",
            "Hang on, there's more: “{says}.”",
            "They also say, quote, “{says}.”",
            "Oh, and listen to this: “{says}.”",
            "I underlined this bit: “{says}.”",
            "Fair warning from the authors, or is it a boast? “{says}.”",
            "Let me read you one more: “{says}.”",
            "Which brings me to this line: “{says}.”",
            "And I'd have missed this one: “{says}.”",
        ],
    ),
    (
        Kind::Highlights,
        &[
            "So what do you get? According to them, {items}.",
            "Their own list of selling points goes {items}.",
        ],
    ),
    (
        Kind::Size,
        &[
            "How big is it? We're talking {lines}, in {files}.",
            "I counted, of course I counted: {lines} in {files}.",
        ],
    ),
    (
        Kind::Languages,
        &[
            "{main} is {share} of it, and I spotted some {others} too.",
            "And it's all {only}, every line of it.",
            "Mostly {main}, then, {share} to be fair, plus {others}.",
        ],
    ),
    (
        Kind::Stars,
        &[
            "People seem to like it: {stars} on GitHub.",
            "It has {stars} and {forks} on GitHub, so we're not the first to notice.",
        ],
    ),
    (Kind::Topics, &["They tag it with {topics}, if that helps."]),
    (
        Kind::Licence,
        &[
            "Can you use it? Sure, it's under the {licence} licence.",
            "Licence, for those who ask: {licence}.",
        ],
    ),
    (
        Kind::FocusFound,
        &[
            "One of you wanted to hear about {focus}, so we're going to hang around {places}.",
            "You asked for {focus}? You'll get {focus}.",
        ],
    ),
    (
        Kind::FocusMissing,
        &[
            "Somebody asked about {focus}. Honestly? I looked, and there's nothing on it in here.",
            "And {focus}? Sorry, I couldn't find any in this repository.",
        ],
    ),
    (
        Kind::Roadmap,
        &[
            "So here's what I've got for you: {route}.",
            "On the menu today: {route}.",
        ],
    ),
    (
        Kind::OpenHistory,
        &[
            "Right, story time: where does this come from?",
            "I always want to know who was there first, don't you?",
        ],
    ),
    (
        Kind::Born,
        &["It starts in {born}.", "Picture {born}, because that's day one."],
    ),
    (
        Kind::FirstCommit,
        &["The very first commit message? “{subject}.” We've all been there."],
    ),
    (
        Kind::Growth,
        &[
            "And then {commits}, over {span}. The latest one I saw is from {last}.",
            "The log has {commits}, and the newest is from {last}.",
        ],
    ),
    (
        Kind::PeopleCount,
        &[
            "Guess how many people? The log says {people}.",
            "And it's {people}, all told.",
        ],
    ),
    (
        Kind::TopPerson,
        &[
            "Shout-out to {person}, by the way, with {commits}.",
            "If there's a main character, it's {person}: {commits}, that's {share}.",
        ],
    ),
    (
        Kind::OtherPeople,
        &["Also in the credits: {persons}.", "Let's not forget {persons}."],
    ),
    (
        Kind::BusiestYear,
        &["When was it really cooking? In {year}, with {commits}."],
    ),
    (
        Kind::RecentPace,
        &[
            "Is it still alive, you ask? Twelve months up to {last}: {commits}.",
            "Lately, meaning the year up to {last}, I count {commits}.",
        ],
    ),
    (
        Kind::Releases,
        &[
            "They've cut {tags} so far, and the newest is {latest}.",
            "They've cut {tags}, by my count.",
        ],
    ),
    (
        Kind::RecentWork,
        &[
            "Want to know what they're up to right now? “{subject}.”",
            "There's also “{subject}.”",
            "And, I love this, “{subject}.”",
            "Another one I noticed: “{subject}.”",
            "Oh, and “{subject}.”",
        ],
    ),
    (
        Kind::BusyFile,
        &[
            "Funny detail: {file} changed {changes} in the newest {compared} commits. Somebody lives in there.",
            "They can't leave {file} alone, either, {changes} lately.",
            "Same goes for {file}, by the way, {changes}.",
        ],
    ),
    (
        Kind::OpenLayout,
        &[
            "Let's have a look around, shall we?",
            "First impressions matter, so what do we see when we walk in?",
        ],
    ),
    (
        Kind::Root,
        &["I see {count}: {folders}.", "At the top it goes {folders}."],
    ),
    (
        Kind::BigFolder,
        &[
            "The big one is {place}. And I mean big: {lines}, {files}, {share} of the lot.",
            "Nearly everything happens in {place}, that's {lines}.",
        ],
    ),
    (
        Kind::Folder,
        &[
            "Then we've got {place}, with {lines}.",
            "There's {place}, too: {files}, {lines}.",
            "And {place}, which has {lines}, not that anyone asked.",
            "Oh, and {place}. It's {lines}.",
            "Let me not skip {place}, at {lines}.",
        ],
    ),
    (
        Kind::Members,
        &[
            "Plot twist: it's really {count} in a trench coat. There's {members}.",
            "It's a bundle, actually, with {count}, like {members}.",
        ],
    ),
    (
        Kind::DocsFolder,
        &["And somebody sat down and wrote {docs}. Respect."],
    ),
    (
        Kind::Pattern,
        &[
            "If you like labels, I'd call this {pattern}. {meaning}.",
            "I also recognised {pattern}. {meaning}.",
            "Is that {pattern} I see? It is. {meaning}.",
            "And a bit of {pattern} as well.",
        ],
    ),
    (
        Kind::OpenPath,
        &[
            "Here's my favourite game: pick one call and follow it home.",
            "So what happens when somebody actually uses it?",
        ],
    ),
    (
        Kind::Entry,
        &[
            "We come in through {file}. How do I know? Because {evidence}.",
            "The front door is {file}, for the {what} they call {called}.",
            "We start in {file}, as you do.",
        ],
    ),
    (
        Kind::EntryMore,
        &[
            "There's a side door, too: {file}, and sure enough, {evidence}.",
            "You could also sneak in through {file}, for the {what} named {called}.",
            "Another way in? Try {file}.",
        ],
    ),
    (
        Kind::Routes,
        &[
            "It listens at {count}, I checked.",
            "There are {count} you could knock on.",
        ],
    ),
    (
        Kind::Route,
        &[
            "Say you send {method} {route}. Who picks up? That would be {handler}.",
            "And for {method} {route}, it's {handler} on the line.",
            "My favourite, {method} {route}, lands with {handler}.",
        ],
    ),
    (
        Kind::Chain,
        &[
            "So off we go: into {a}, across to {b}, and we end up in {c}.",
            "We hop from {a} straight into {b}.",
        ],
    ),
    (
        Kind::Hub,
        &[
            "You know who everybody talks to? {mod}. I counted {users}.",
            "The popular kid here is {mod}, with {users} depending on it.",
        ],
    ),
    (
        Kind::PublicNames,
        &[
            "If you ever use it, you'll be typing {defs}.",
            "The big names? I'd say {defs}.",
        ],
    ),
    (
        Kind::OpenModules,
        &[
            "Okay, time to open some doors. First up, {first}.",
            "Now for the good stuff: the modules.",
        ],
    ),
    (
        Kind::MoreModules,
        &[
            "Still with me? Great, because next is {first}.",
            "We're back, and I've got {first} for you.",
            "Moving on, let me tell you about {first}.",
            "Where were we? Ah yes, {first}.",
            "And now for something a little different: {first}.",
        ],
    ),
    (
        Kind::ModDoes,
        &[
            "So, {mod}. What's it for? It {does}.",
            "Then we have {mod}, and I'll be honest, I like it: it {does}.",
            "Let's talk about {mod}, which {does}.",
            "Who would guess that {mod} {does}?",
            "You've got {mod} over here, and it {does}.",
            "Meanwhile, {mod} {does}.",
            "I had to look this one up: {mod} {does}.",
            "And {mod}? It {does}.",
        ],
    ),
    (
        Kind::ModSays,
        &[
            "I'll let {mod} speak for itself: “{says}.”",
            "Here's {mod} in its own words: “{says}.”",
            "What do they say about {mod}? “{says}.”",
            "On {mod}, I found this: “{says}.”",
        ],
    ),
    (
        Kind::ModPlain,
        &[
            "Next door is {mod}. It's {role}, and it has {lines}.",
            "I can't tell you much about {mod}, nobody wrote it down, but it's {lines}.",
            "There's {mod}, with {lines} and not a word of introduction.",
            "And what's {mod}? Your guess is as good as mine, but I count {lines}.",
            "Let's wave at {mod}, all {lines} of it.",
            "Oh, {mod} is here as well, with {lines}.",
        ],
    ),
    (
        Kind::ModSize,
        &[
            "That's {lines}, if you're keeping score.",
            "It does that in {lines}.",
            "Size-wise we're at {lines} in {files}.",
            "You could read it on a train ride, maybe: {lines}.",
            "I make it {lines}.",
            "Just so you have a number, {lines}, {files}.",
        ],
    ),
    (
        Kind::ModUses,
        &[
            "And who does it call? I saw {uses}.",
            "It's on speaking terms with {uses}.",
            "It doesn't do it alone: there's {uses}.",
            "It hands things over to {uses}.",
            "Behind the scenes it leans on {uses}.",
        ],
    ),
    (
        Kind::ModUsedBy,
        &[
            "Is it popular? Well, {users} {depend} on it.",
            "And get this, {users} {depend} on it.",
            "So yeah, {users} would miss it.",
            "I found {users} knocking on its door.",
        ],
    ),
    (
        Kind::ModDefs,
        &[
            "Names to drop: {defs}.",
            "In there you'll run into {defs}.",
            "I wrote down {defs}, in case there's a quiz.",
            "The cast includes {defs}.",
            "You'll hear people mention {defs}.",
        ],
    ),
    (
        Kind::ModFile,
        &[
            "If you only peek at one file, make it {file}.",
            "I started with {file}, for what it's worth.",
            "The fun is in {file}.",
            "My pick? I'd go with {file}.",
            "Have {file} open while I talk, if you like.",
        ],
    ),
    (
        Kind::ModPublic,
        &[
            "It has {total}, and they let us see {public} of them.",
            "We're allowed to touch {public} of its {total}.",
        ],
    ),
    (
        Kind::Def,
        &[
            "There's this thing, {def}, that {does}.",
            "I quite like {def}: it {does}.",
            "Ever wondered who does it? {def}. It {does}.",
            "Then {def} {does}.",
            "And {def}, well, it {does}.",
            "Somewhere in there {def} {does}.",
            "Quick one: {def} {does}.",
            "You might bump into {def}, which {does}.",
            "What about {def}? It {does}.",
            "My notes say that {def} {does}.",
            "Next to that sits {def}, and it {does}.",
            "Here's another: {def} {does}.",
        ],
    ),
    (
        Kind::DefSays,
        &[
            "There's a comment on {def} that goes “{says}.”",
            "Whoever wrote {def} left us this: “{says}.”",
            "I have to quote the one on {def}: “{says}.”",
            "And on {def}? “{says}.”",
        ],
    ),
    (
        Kind::OpenDeps,
        &[
            "Nobody builds alone these days, so who are the friends?",
            "Let's talk about the guests.",
        ],
    ),
    (
        Kind::DepCount,
        &[
            "I count {count}. To be precise, {runtime} come along for the ride, and {others} just help in the workshop.",
            "The guest list has {count} on it.",
        ],
    ),
    (
        Kind::NoDeps,
        &["And there's nobody. No outside packages. How often do you see that?"],
    ),
    (
        Kind::DepCategory,
        &[
            "They brought {count} {category}: {names}.",
            "On the subject of {category}, we've got {count}: {names}.",
            "How many {category} does one project need? This one has {count}: {names}.",
        ],
    ),
    (
        Kind::Dep,
        &[
            "{dep}? That's {what}: {how}.",
            "You may know {dep}, it's {what}.",
            "There's {dep}, {what}, an old friend of the show.",
            "And {dep}, which is {what}: {how}.",
            "I see {dep} on the list, {what}.",
            "Also at the table: {dep}, {what}.",
            "Then {dep}. It's {what}.",
            "Say hi to {dep}, {what}.",
        ],
    ),
    (Kind::DepDev, &["Backstage, just for the crew, there's {names}."]),
    (
        Kind::DepSpread,
        &["And {dep} is everywhere, I mean, {count} name it."],
    ),
    (
        Kind::OpenTests,
        &[
            "Now the awkward question: do they test it?",
            "I always check this before I fall in love with a project.",
        ],
    ),
    (
        Kind::Tests,
        &[
            "They do! I found {count} in {files}.",
            "Yes, and how: {count}, in {files}.",
            "There are tests, at least, in {files}.",
        ],
    ),
    (
        Kind::TestFrameworks,
        &[
            "They use {frameworks} for it.",
            "Tool of choice? It's {frameworks}.",
        ],
    ),
    (
        Kind::TestRatio,
        &["That's {ratio} lines of tests for every hundred lines of code, if you like ratios."],
    ),
    (
        Kind::TestExample,
        &[
            "I love reading test names. Listen: {sentence}.",
            "Test names are tiny stories. Here's one: {sentence}.",
        ],
    ),
    (
        Kind::TestMore,
        &[
            "Or this: {sentence}.",
            "Another beauty goes {sentence}.",
            "And one more for the road, {sentence}.",
            "Somebody actually checks that {sentence}.",
            "Here's one I'd frame: {sentence}.",
        ],
    ),
    (
        Kind::NoTests,
        &["And, well, I didn't find any tests. Not one. I'm not judging, I'm just telling you."],
    ),
    (
        Kind::Ci,
        &[
            "Who runs the checks? A robot does: {ci}, with {pipelines}.",
            "They let {ci} do the boring part, {pipelines} of it.",
        ],
    ),
    (
        Kind::Containers,
        &[
            "Container people, you're covered: see {file}, with {services}.",
            "And yes, there's {file}, if containers are your thing.",
        ],
    ),
    (
        Kind::Config,
        &[
            "Knobs to turn? There's {configs}.",
            "You can fiddle with {configs}.",
        ],
    ),
    (Kind::Env, &["It also reads {count}, so check your shell."]),
    (
        Kind::Todos,
        &[
            "And they left themselves {count} about unfinished business. Don't we all.",
            "I found {count} along the lines of fix me later.",
        ],
    ),
    (
        Kind::Complexity,
        &[
            "Is it a lot to take in? I'd call it {label}.",
            "On my personal scale of how much there is to understand, it's {label}.",
        ],
    ),
    (
        Kind::ComplexityPart,
        &[
            "Why? Take the {part}: {fact}.",
            "Look at the {part}, I mean, {fact}.",
            "And the {part}, that's {fact}.",
        ],
    ),
    (
        Kind::Largest,
        &[
            "The monster of the house is {file}, with {lines}.",
            "Also not small: {file}, {lines}.",
        ],
    ),
    (
        Kind::DocCoverage,
        &["Comments? On {share} of the public names, I'd say."],
    ),
    (Kind::DefCounts, &["For the number fans: {counts}."]),
    (Kind::OpenReading, &["Homework time, strictly optional."]),
    (
        Kind::ReadFirst,
        &["I'd start with {file}. {why}.", "Go read {file}."],
    ),
    (
        Kind::ReadNext,
        &[
            "Then maybe {file}. {why}.",
            "Got more time? Try {file}. {why}.",
            "I also enjoyed {file}. {why}.",
            "There's {file}, too, {lines} of it.",
            "And for the brave, {file}. {why}.",
            "If you're still awake, {file}. {why}.",
        ],
    ),
    (
        Kind::Doc,
        &[
            "There's a write-up called {title} that {does}.",
            "In a document called {title} they say “{says}.”",
            "I also found {title}, and it {does}.",
            "From {title}, I'll just quote: “{says}.”",
        ],
    ),
    (
        Kind::OpenClose,
        &[
            "And that's about all we have time for.",
            "Okay, let me land this plane.",
        ],
    ),
    (
        Kind::RecapSize,
        &[
            "So that was {lines} in {files}, and we only got lost once.",
            "Not bad for {lines}, right?",
        ],
    ),
    (
        Kind::RecapModules,
        &[
            "If you take three names home, take {mods}.",
            "Remember {mods}, and you can hold a conversation about it.",
        ],
    ),
    (
        Kind::Check,
        &[
            "Pop quiz: {question}? It's {answer}, obviously.",
            "And {question}? You got it, {answer}.",
        ],
    ),
    (
        Kind::Goodbye,
        &[
            "That was {name}. Thanks for listening, and go read some code!",
            "This has been {name}, I've been your host, see you next time!",
        ],
    ),
    (
        Kind::Gloss,
        &[
            "Quick aside, {gloss}.",
            "For anyone new here: {gloss}.",
            "Jargon alert! Really, {gloss}.",
            "Before anyone writes in, {gloss}.",
            "Let me unpack that: {gloss}.",
            "In case you're wondering, {gloss}.",
        ],
    ),
];

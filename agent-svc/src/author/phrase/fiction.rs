//! The fiction voice: the repository as a city seen by a traveller, in the past tense. Every fact stays true.

use super::{Kind, Phrases};

pub(super) const PHRASES: &[Phrases] = &[
    (
        Kind::Welcome,
        &[
            "At dusk a traveller came to the gates of a city made of text. Its name was {name}.",
            "Long before the first light, a traveller stood on a hill and saw the city of {name}.",
            "There was a city called {name}, and not one of its walls was made of stone.",
        ],
    ),
    (
        Kind::WhatIs,
        &[
            "The people who lived there spoke {lang}, and outsiders called the city {kind}.",
            "On the maps it was drawn as {kind}.",
            "In the plain speech of builders it was {kind}, raised in {lang}.",
        ],
    ),
    (
        Kind::Describe,
        &[
            "“{name} {does},” said the old gatekeeper.",
            "Over the gate an inscription was carved: “{says}.”",
        ],
    ),
    (
        Kind::DepthBeginner,
        &["The traveller had never been in such a place, and asked about every strange word."],
    ),
    (
        Kind::DepthAdvanced,
        &["The traveller had built such cities before, and asked only the questions that builders ask."],
    ),
    (
        Kind::ReadmeSays,
        &[
            "A herald at the gate read from a scroll, the one they call the read-me: “{says}.”",
            "By the gate hung the scroll that greets all strangers. “{says},” it began.",
        ],
    ),
    (
        Kind::ReadmeMore,
        &[
            "“{says},” the herald went on.",
            "The scroll unrolled a little further: “{says}.”",
            "“And hear this,” said the herald. “{says}.”",
            "Below it, in the same hand, stood “{says}.”",
            "A child who knew the scroll by heart whispered: “{says}.”",
            "The next line was underlined: “{says}.”",
            "Then the herald's voice grew softer: “{says}.”",
            "“{says},” read the traveller aloud.",
            "Near the seal at the bottom it said “{says}.”",
        ],
    ),
    (
        Kind::Highlights,
        &[
            "The market criers praised the city for {items}.",
            "Of its virtues the citizens named {items}.",
        ],
    ),
    (
        Kind::Size,
        &[
            "It was no village: {lines} had been laid down there, stone by stone, in {files}.",
            "The traveller counted, and counted again, {lines} in {files}.",
        ],
    ),
    (
        Kind::Languages,
        &[
            "In the streets {share} of the talk was {main}, though {others} could be heard in the side alleys.",
            "Everyone, from the gate to the tower, spoke {only}.",
            "They spoke {main} there, {share} of them, and the others {others}.",
        ],
    ),
    (
        Kind::Stars,
        &[
            "Above its roofs shone {stars}, one for each admirer on the plains of GitHub.",
            "Pilgrims had lit {stars} for it on GitHub, and carried home {forks}.",
        ],
    ),
    (
        Kind::Topics,
        &["On its banners were embroidered the words {topics}."],
    ),
    (
        Kind::Licence,
        &[
            "The law of the city was short, and it was called the {licence} licence.",
            "Whoever wished could build with its stones, under the law named {licence}.",
        ],
    ),
    (
        Kind::FocusFound,
        &[
            "The traveller had come for one reason above all, and that was {focus}; it was said to dwell near {places}.",
            "“Show me {focus},” said the traveller, and the guide nodded.",
        ],
    ),
    (
        Kind::FocusMissing,
        &[
            "“And where do I find {focus}?” asked the traveller. “Not in this city,” said the guide. “No one here has any.”",
            "Of {focus} nobody in the city had ever heard.",
        ],
    ),
    (
        Kind::Roadmap,
        &[
            "A guide offered to show the way: {route}.",
            "“I will show you,” said the guide, “{route}.”",
        ],
    ),
    (
        Kind::OpenHistory,
        &[
            "In the tower lay the chronicle, and the guide opened it at the first page.",
            "“Who built all this?” asked the traveller, and was led to the chronicle.",
        ],
    ),
    (
        Kind::Born,
        &[
            "“It was in {born} that the first stone was laid,” read the chronicler.",
            "The oldest entry bore the date of {born}.",
        ],
    ),
    (
        Kind::FirstCommit,
        &["Beside it, in faded ink, stood the words “{subject}.”"],
    ),
    (
        Kind::Growth,
        &[
            "From then on the scribes had written {commits}, over {span}, and the ink of {last} was the freshest.",
            "There were {commits} in the book, and the last was from {last}.",
        ],
    ),
    (
        Kind::PeopleCount,
        &[
            "The hands of {people} had held the pen.",
            "All in all, {people} had signed it.",
        ],
    ),
    (
        Kind::TopPerson,
        &[
            "No name came as often as that of {person}, with {commits}.",
            "Page after page was signed by {person}: {commits}, {share} of the chronicle.",
        ],
    ),
    (
        Kind::OtherPeople,
        &[
            "Between those pages were the marks of {persons}.",
            "Other builders had left their names as well: {persons}.",
        ],
    ),
    (
        Kind::BusiestYear,
        &[
            "The old ones still spoke of the year {year}, when the hammers never rested and {commits} were recorded.",
        ],
    ),
    (
        Kind::RecentPace,
        &[
            "In the twelve months before the end of {last}, {commits} had been added.",
            "Nor had the work fallen asleep, for the year up to {last} counted {commits}.",
        ],
    ),
    (
        Kind::Releases,
        &[
            "Each time the city was finished for a while, a bell was rung. It had rung for {tags}, and the last bell was named {latest}.",
            "The bells had been rung for {tags}.",
        ],
    ),
    (
        Kind::RecentWork,
        &[
            "On the newest page somebody had noted “{subject}.”",
            "A line below was written “{subject}.”",
            "“{subject},” said another entry, still damp.",
            "The next hand had added “{subject}.”",
            "And in a margin one could read “{subject}.”",
        ],
    ),
    (
        Kind::BusyFile,
        &[
            "No room was rebuilt as often as {file}: it had been changed {changes} in the newest {compared} entries.",
            "The masons also kept going back to {file}, {changes} of late.",
            "Dust hung in the air around {file}, rebuilt {changes}.",
        ],
    ),
    (
        Kind::OpenLayout,
        &[
            "From the wall the whole city could be seen at once.",
            "The guide unrolled a map on the stones.",
        ],
    ),
    (
        Kind::Root,
        &[
            "It showed {count}, which there are called districts: {folders}.",
            "The districts had names: {folders}.",
        ],
    ),
    (
        Kind::BigFolder,
        &[
            "The greatest district was {folder}, where {share} of the city lived: {lines} in {files}.",
            "Most lamps burned in the district of {folder}, over {lines}.",
        ],
    ),
    (
        Kind::Folder,
        &[
            "Beyond it lay {folder}, with {lines}.",
            "Smaller was the quarter of {folder}: {files}, {lines}.",
            "Smoke rose from {folder}, where {lines} had been laid.",
            "A lane led down to {folder} and its {lines}.",
            "At the edge of the map stood {folder}, {lines} wide.",
        ],
    ),
    (
        Kind::Members,
        &[
            "In truth it was not one town but {count} grown together, and the guide pointed them out: {members}.",
            "Within the walls {count} kept their own bells: {members}.",
        ],
    ),
    (
        Kind::DocsFolder,
        &["A library stood open, with {docs} on its shelves."],
    ),
    (
        Kind::Pattern,
        &[
            "“The builders followed an old plan,” said the guide. “They call it {pattern}. {meaning}.”",
            "There was another custom among them, {pattern}. {meaning}.",
            "In the paving the traveller recognised {pattern}. {meaning}.",
            "And {pattern}, too, had shaped the streets.",
        ],
    ),
    (
        Kind::OpenPath,
        &[
            "Night fell, and a messenger rode up to the gate with a call to deliver.",
            "To know a city, thought the traveller, one must walk in like a message.",
        ],
    ),
    (
        Kind::Entry,
        &[
            "The gate was {file}; the guard swore to it, for {evidence}.",
            "Messages entered through {file}, the gate of the {what} named {called}.",
            "There was no other way than through {file}.",
        ],
    ),
    (
        Kind::EntryMore,
        &[
            "A lesser gate stood open in {file}, because {evidence}.",
            "The {what} named {called} had a gate of its own in {file}.",
            "A postern led in by {file}.",
        ],
    ),
    (
        Kind::Routes,
        &[
            "Along the wall hung {count}, like bells with ropes.",
            "Strangers could knock at {count}.",
        ],
    ),
    (
        Kind::Route,
        &[
            "When {method} {route} came, it was {handler} who went to the window.",
            "A messenger with {method} {route} was always sent to {handler}.",
            "For {method} {route} the porter woke {handler}.",
        ],
    ),
    (
        Kind::Chain,
        &[
            "The messenger crossed the court of {a}, passed under the arch of {b}, and dismounted before {c}.",
            "From {a} the messenger was waved through to {b}.",
        ],
    ),
    (
        Kind::Hub,
        &[
            "In the middle of everything stood {mod}, and {users} drew their water from its well.",
            "All streets led to {mod}, for {users} lived by it.",
        ],
    ),
    (
        Kind::PublicNames,
        &[
            "The names most often called across the square were {defs}.",
            "Any stranger soon learned to ask for {defs}.",
        ],
    ),
    (
        Kind::OpenModules,
        &[
            "Then the guide knocked on the doors, one after another, and the first was that of {first}.",
            "Each house in the city had a trade of its own.",
        ],
    ),
    (
        Kind::MoreModules,
        &[
            "They turned a corner, and there was {first}.",
            "The next lane was narrower; at its mouth lived {first}.",
            "“There are more of us,” called a voice from {first}.",
            "It had grown late when they came to {first}.",
            "Over a bridge they reached {first}.",
        ],
    ),
    (
        Kind::ModDoes,
        &[
            "In {mod} lived a craftsman with one trade. What he makes, he makes well: it {does}.",
            "“We in {mod} have but one task,” said a woman at the window. “Our house {does}.”",
            "Over the door of {mod} hung a sign, and it told everyone that it {does}.",
            "A lantern marked {mod}, the house that {does}.",
            "{mod} was known throughout the city as the one that {does}.",
            "Whoever asked about {mod} was told the same: it {does}.",
            "Behind the next door was {mod}, and to this day it {does}.",
            "The quietest neighbour was {mod}, which {does}.",
        ],
    ),
    (
        Kind::ModSays,
        &[
            "On the lintel of {mod} was carved: “{says}.”",
            "The people of {mod} had a saying: “{says}.”",
            "“{says},” was written in {mod}, above the hearth.",
            "In {mod} an old woman recited: “{says}.”",
        ],
    ),
    (
        Kind::ModPlain,
        &[
            "{mod} had no sign above its door; it was {role}, and {lines} filled its shelves.",
            "Nobody had put into words what was done in {mod}, though {lines} lay within.",
            "A door without a name belonged to {mod}, and behind it were {lines}.",
            "Of {mod} the guide said nothing, but the traveller saw {lines} through the window.",
            "Silent stood {mod}, {lines} deep.",
            "They walked past {mod}, where {lines} were stacked to the ceiling.",
        ],
    ),
    (
        Kind::ModSize,
        &[
            "The house was {lines} high, with {files} for rooms.",
            "It had {files} and {lines}.",
            "The traveller counted {lines} inside.",
            "For so much work it was built of {lines}.",
            "Its walls were made of {lines}.",
            "One could walk through all of it, {lines} from end to end.",
        ],
    ),
    (
        Kind::ModUses,
        &[
            "Its people went daily to {uses}.",
            "A path, worn by many feet, led from it to {uses}.",
            "It traded with {uses}.",
            "When something was missing, they sent to {uses}.",
            "It would not have lasted a day without {uses}.",
        ],
    ),
    (
        Kind::ModUsedBy,
        &[
            "Not a day passed without visitors: {users} {depend} on it.",
            "It was loved, too, since {users} {depend} on it.",
            "“{users} {depend} on us,” they said there.",
            "At its counter stood a queue, for {users} {depend} on it.",
        ],
    ),
    (
        Kind::ModDefs,
        &[
            "Under its roof lived {defs}.",
            "The family names there were {defs}.",
            "On the benches sat {defs}.",
            "The traveller was introduced to {defs}.",
            "Through the window one could see {defs} at work.",
        ],
    ),
    (
        Kind::ModFile,
        &[
            "The best room was {file}.",
            "The guide unlocked {file} and held up the lamp.",
            "Its secrets were kept in {file}.",
            "A fire burned in {file}, and they sat down there.",
            "The traveller lingered in {file}.",
        ],
    ),
    (
        Kind::ModPublic,
        &[
            "Of its {total}, only {public} ever showed themselves at the window.",
            "It sheltered {total}, and {public} of them received guests.",
        ],
    ),
    (
        Kind::Def,
        &[
            "There worked {def}, who {does}, as everyone knew.",
            "In a corner sat {def}. “You want to know what I am for?” it asked. “Write down that {def} {does}.”",
            "They met {def}, of whom it is told that it {does}.",
            "A bell rang for {def}, which {does}.",
            "“That is {def},” whispered the guide. “It {does}.”",
            "At the long table {def} had the first seat: it {does}.",
            "Then {def} bowed; it {does}, and asks no thanks.",
            "By the stairs stood {def}, which {does}.",
            "The traveller noted that {def} {does}.",
            "Someone called out for {def}, the one that {does}.",
            "Half hidden by shelves was {def}; still, it {does}.",
            "Never resting, {def} {does}.",
        ],
    ),
    (
        Kind::DefSays,
        &[
            "A note was pinned to {def}: “{says}.”",
            "Of {def} they told this: “{says}.”",
            "The master of the house pointed to {def}. “{says},” he said.",
            "On the collar of {def} was stitched: “{says}.”",
        ],
    ),
    (
        Kind::OpenDeps,
        &[
            "Outside the walls, merchants from far countries had put up their tents.",
            "No city feeds itself, and this one had made its alliances.",
        ],
    ),
    (
        Kind::DepCount,
        &[
            "Of such allies there were {count}: {runtime} who had a key to the gate, and {others} who came only when something was built or inspected.",
            "The ledger named {count}.",
        ],
    ),
    (
        Kind::NoDeps,
        &["But this one stood alone: its ledger named no foreign merchant at all."],
    ),
    (
        Kind::DepCategory,
        &[
            "For {category} there were {count} tents: {names}.",
            "Whoever wanted {category} could go to {count} of them, to {names}.",
            "The guild of {category} had sent {count}: {names}.",
        ],
    ),
    (
        Kind::Dep,
        &[
            "{dep} sold {what}: {how}.",
            "Under a blue awning sat {dep}, known for one thing, {what}.",
            "From {dep} they had {what}.",
            "A stranger named {dep} offered {what}: {how}.",
            "Next in the row was {dep}, {what} by trade.",
            "They bowed to {dep}, which was {what}.",
            "Old friends greeted {dep}, {what}.",
            "And {dep} had brought {what}.",
        ],
    ),
    (
        Kind::DepDev,
        &["A few, like {names}, were never seen by day; they served the builders only."],
    ),
    (
        Kind::DepSpread,
        &["One merchant had the trust of all: {dep}, named in {count}."],
    ),
    (
        Kind::OpenTests,
        &[
            "When the lamps went out, the watch began its rounds.",
            "“Who guards the city while you sleep?” asked the traveller.",
        ],
    ),
    (
        Kind::Tests,
        &[
            "There were {count} in the watch, quartered in {files}.",
            "The captain called the roll: {count}, from {files}.",
            "The watch kept its lists in {files}.",
        ],
    ),
    (
        Kind::TestFrameworks,
        &[
            "Their weapons were forged by {frameworks}.",
            "They carried the badge of {frameworks}.",
        ],
    ),
    (
        Kind::TestRatio,
        &["To every hundred lines of wall there were {ratio} lines of watchmen."],
    ),
    (
        Kind::TestExample,
        &[
            "Each had one sentence to call into the night. The first cried: {sentence}.",
            "“{sentence},” called the first watchman.",
        ],
    ),
    (
        Kind::TestMore,
        &[
            "“{sentence},” answered another from the wall.",
            "Farther off a voice called: {sentence}.",
            "The youngest had learned by heart: {sentence}.",
            "And from the bridge came the cry: {sentence}.",
            "“{sentence},” was heard by the river.",
        ],
    ),
    (
        Kind::NoTests,
        &["But there was no watch. No test was found within the walls, and the city slept on trust alone."],
    ),
    (
        Kind::Ci,
        &[
            "A tireless machine called {ci} walked the walls after every change, on {pipelines}.",
            "Order was kept by {ci}, which never slept, with {pipelines}.",
        ],
    ),
    (
        Kind::Containers,
        &[
            "Should the city ever have to move, the plans lay ready in {file}, for {services}.",
            "For journeys by ship the city could be folded into {file}.",
        ],
    ),
    (
        Kind::Config,
        &[
            "In the town hall were levers for {configs}.",
            "The clerks could adjust {configs}.",
        ],
    ),
    (Kind::Env, &["The wind from outside turned {count} on the roofs."]),
    (
        Kind::Todos,
        &[
            "Here and there the builders had chalked {count} on the walls, about work still to come.",
            "Under loose stones lay {count} about unfinished things.",
        ],
    ),
    (
        Kind::Complexity,
        &[
            "It was, all things weighed, a {label} labyrinth.",
            "To know every corner would have been a {label} labour.",
        ],
    ),
    (
        Kind::ComplexityPart,
        &[
            "The guide blamed the {part}: {fact}.",
            "There was the {part} to think of: {fact}.",
            "And not least the {part}: {fact}.",
        ],
    ),
    (
        Kind::Largest,
        &[
            "The longest hall of all was {file}, with {lines}.",
            "Almost as long was {file}, {lines} from door to door.",
        ],
    ),
    (
        Kind::DocCoverage,
        &["Of the public doors, {share} had a plate that explained them."],
    ),
    (Kind::DefCounts, &["The census spoke of {counts}."]),
    (
        Kind::OpenReading,
        &["In the morning the guide gave the traveller a bundle of letters."],
    ),
    (
        Kind::ReadFirst,
        &[
            "The first was {file}. “{why},” said the guide.",
            "“Read {file} before the others,” said the guide.",
        ],
    ),
    (
        Kind::ReadNext,
        &[
            "The second was {file}, and the reason was written on its back: {why}.",
            "Under it lay {file}. “{why}.”",
            "There was {file} as well, {lines} long.",
            "“Keep {file} for the evening,” said the guide. “{why}.”",
            "And {file} was tied in with it: {why}.",
            "A ribbon marked {file}. “{why}.”",
        ],
    ),
    (
        Kind::Doc,
        &[
            "There was also a book called {title}, which {does}.",
            "In the book called {title} a line was marked: “{says}.”",
            "The traveller opened {title}, a text that {does}.",
            "From {title} the guide read: “{says}.”",
        ],
    ),
    (
        Kind::OpenClose,
        &[
            "Then it was time to leave.",
            "The sun was high when the traveller went back to the gate.",
        ],
    ),
    (
        Kind::RecapSize,
        &["Behind lay {lines} in {files}, and they no longer looked like a maze."],
    ),
    (
        Kind::RecapModules,
        &[
            "Three doors would stay in memory: {mods}.",
            "On the road the traveller repeated three names: {mods}.",
        ],
    ),
    (
        Kind::Check,
        &[
            "“Tell me,” the guide called after the traveller, “{question}?” And the answer came back over the wall: {answer}.",
            "“And {question}?” “That is {answer},” laughed the traveller.",
        ],
    ),
    (
        Kind::Goodbye,
        &[
            "And the city of {name} stands there still, waiting for its next commit.",
            "So ends the tale of {name}, though not the work of its builders.",
        ],
    ),
    (
        Kind::Gloss,
        &[
            "“Know, stranger,” said the guide, “that {gloss}.”",
            "“What does that mean?” asked the traveller, and learned that {gloss}.",
            "The guide explained it patiently: {gloss}.",
            "A child tugged at the traveller's sleeve and explained that {gloss}.",
            "“I do not know the word,” said the traveller. “It means that {gloss},” said the guide.",
            "In that country everyone knows that {gloss}.",
        ],
    ),
];

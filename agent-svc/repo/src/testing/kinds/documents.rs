//! Documents: a handbook in Markdown about repairing things together.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "repair-cafe-handbook",
    material: Material::Documents,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["handbook repair", "repair evening", "repair café"]),
    ("for whom", &["organisers", "first evening", "no workshop"]),
    ("instead", &["repaircafe.org", "starter kit", "foundation"]),
    (
        "content: before the evening",
        &["room tables", "eight tables", "venue", "room light"],
    ),
    (
        "content: how an evening goes",
        &["guest ticket", "reception", "welcome desk", "ticket queue"],
    ),
    (
        "content: safety",
        &[
            "residual current",
            "mains",
            "insulation test",
            "electrical safety",
        ],
    ),
    (
        "owner stays and helps",
        &[
            "owner stays",
            "owner sits",
            "guest stays",
            "not drop-off",
            "owner repair",
        ],
    ),
    ("no price list", &["donation", "no price", "box instead"]),
    (
        "how it is kept right",
        &["electrician", "reviewed", "read twice", "two organisers"],
    ),
    ("history", &["Hanneke Vos Samir Khoury"]),
    (
        "start",
        &[
            "read first",
            "begin with",
            "start with",
            "first chapter",
            "checklist",
        ],
    ),
    ("licence", &["Creative Commons", "CC-BY", "CC BY"]),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2017-09-18", "Hanneke Vos", "Notes from our first three evenings"),
    ("2017-11-02", "Hanneke Vos", "Chapter about the room"),
    ("2018-02-25", "Hanneke Vos", "Chapter about the evening itself"),
    ("2018-10-07", "Hanneke Vos", "Why there is no price list"),
    (
        "2019-06-30",
        "Ulrich Stein",
        "Electrical safety, checked by an electrician",
    ),
    ("2021-09-12", "Samir Khoury", "After the lockdown: appointments"),
    ("2022-01-16", "Samir Khoury", "Sewing machines"),
    ("2023-05-21", "Samir Khoury", "Rewrite safety for battery packs"),
    ("2024-10-06", "Samir Khoury", "Second edition"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# The Repair Café Handbook

A handbook for people who want to hold a repair evening in their village or quarter: guests bring what is broken, volunteers help them mend it, and there is cake.

It is written for organisers of a first evening who have neither a workshop nor an association behind them.

## Contents

1. [The room](chapters/01-room.md) – tables, light, sockets
2. [Volunteers](chapters/02-volunteers.md) – finding them and keeping them
3. [The evening](chapters/03-evening.md) – from the welcome desk to the last screw
4. [Safety](chapters/04-safety.md) – mains, batteries, liability
5. [Money](chapters/05-money.md) – a box and no price list
6. [Checklists](checklists/) – to print

## How to read it

Start with chapter 3, it is the shortest way to see what you are getting into. Print the checklists the week before.

## There is already a starter kit

The foundation behind repaircafe.org sells a starter kit and lends its name. If you want the logo and the insurance, go there. This handbook is what we would have liked to know on top of it.

## Helping

Chapters are read by two organisers before they are merged; anything about mains voltage is read by an electrician as well. Small corrections: just send a pull request.

## License

Text: CC BY-SA 4.0.
"#,
    ),
    (
        "LICENSE",
        "Attribution-ShareAlike 4.0 International\n\n=======================================================================\n\nCreative Commons Corporation (\"Creative Commons\") is not a law firm and\ndoes not provide legal services or legal advice.\n",
    ),
    (
        "chapters/01-room.md",
        r#"# The room

You need about eight tables, each with its own lamp and its own extension lead. A school canteen is ideal; a church hall works if the heating does.

## Light

Ceiling light is never enough. Ask every volunteer to bring the lamp they use at home, because they know where its switch is.

## Sockets

Find out on which fuses the sockets are **before** the evening. Two soldering irons and a kettle on one fuse is how our second evening ended.
"#,
    ),
    (
        "chapters/02-volunteers.md",
        r#"# Volunteers

Five are enough for a first evening: two who know electricity, one who sews, one for bicycles and wood, and one at the welcome desk.

## Finding them

Ask at the model railway club. Retired technicians come for the company and stay for the coffee.

## Keeping them

Nobody repairs for more than two hours without a break. We learned to write the breaks into the plan, because people who like repairing do not stop by themselves.
"#,
    ),
    (
        "chapters/03-evening.md",
        r#"# The evening

Three hours are a good length. Open the doors for guests only when the volunteers have eaten.

## The welcome desk

Every guest gets a ticket with a number, the thing and its fault. The tickets hang on a line, and whoever is free takes the next one that fits. We tried appointments instead; half of the people did not come.

## At the table

The owner stays and takes part in the repair. This is the one rule we never bend: without it you are a free workshop, and things pile up that nobody fetches.

First look, then listen, then open. If it cannot be mended in an hour, say so and offer to look for a part until next time.

## The end

Ring a bell half an hour before. What is open is closed again, even if it does not work.
"#,
    ),
    (
        "chapters/04-safety.md",
        r#"# Safety

## Mains

Every table has a residual current device. Nothing leaves the room without an insulation test, and the result is written on the ticket.

Microwave ovens stay shut: their capacitors can kill hours after they were unplugged.

## Batteries

Swollen battery packs go outside into a bucket of sand. Do not charge a pack that you have opened.

## Liability

The guest signs a note at the welcome desk. It does not protect you against everything, so ask the town whether its insurance covers volunteers.
"#,
    ),
    (
        "chapters/05-money.md",
        r#"# Money

There is a box for donations instead of a price list. As soon as there are prices, guests expect a result, and volunteers become staff.

In our quarter the box pays for screws, solder, coffee and the yearly test of the extension leads.
"#,
    ),
    (
        "checklists/evening.md",
        "# Checklist for the evening\n\n- [ ] tables numbered\n- [ ] residual current devices tested\n- [ ] tickets, pens, clothes line\n- [ ] box for donations\n- [ ] sand bucket outside\n- [ ] cake\n",
    ),
    (
        "CONTRIBUTING.md",
        "# Contributing\n\nWrite as you would explain it to a friend at the table. Say what went wrong for you, not only what one should do.\n",
    ),
];

//! What explains the invented repository of [`super::rich`].

use crate::analysis::model::*;

const WHAT: [&str; 8] = [
    "Night-shift is a job server for small teams that cannot lose an order.",
    "Shops hand it receipts, parcels and letters, and sleep while the machines are busy.",
    "Every order is written to the disk before the answer leaves the building.",
    "Nothing but a single binary has to be installed, and no other service is needed.",
    "Operators see each order with its age, its owner and the reason of its delay.",
    "Orders that depend on one another form a chain, and a chain never breaks in the middle.",
    "Clients speak plain HTTP, so that any language can place an order.",
    "A calendar decides at which hour heavy orders may begin.",
];
const OTHERS: [&str; 4] = [
    "Sidekiq does the same for Ruby, with Redis as the place where orders wait.",
    "Large companies run Temporal instead, which asks for a database of its own.",
    "Cron starts programs on time but forgets what went wrong yesterday.",
    "Celery is the usual choice in Python shops that already operate RabbitMQ.",
];
const FEATURES: [&str; 8] = [
    "Retries wait longer after each failure, up to a whole day.",
    "Priorities let urgent parcels overtake newsletters.",
    "Quotas keep one noisy customer from starving the others.",
    "Dead letters are kept for a month with the last error beside them.",
    "Metrics leave the process in the format that Prometheus reads.",
    "Secrets never reach the log, because the log knows only their names.",
    "Signed webhooks tell the shop that its parcel has left.",
    "Time zones are part of every schedule, daylight saving included.",
];
const HOW: [&str; 8] = [
    "Each arriving order is appended to a journal that is synced ten times a second.",
    "A sorted index in memory knows which order has to start next.",
    "Workers lease an order for a minute and renew the lease while they are alive.",
    "When a worker dies, its lease ends and a neighbour continues from the last checkpoint.",
    "Old pages of the journal are folded into a snapshot at midnight.",
    "Readers never wait for writers, since each reader holds a view of its own.",
    "The scheduler wakes on a heap of alarms and not on a clock that ticks.",
    "Network input is parsed in place, without a copy of the body.",
];
const REASONS: [&str; 10] = [
    "The journal is one file rather than a database because a shop of three people has nobody who repairs a database.",
    "We lease instead of lock, so that a crashed worker cannot hold an order forever.",
    "Alarms live in a heap rather than in a wheel because most shops have fewer than ten thousand of them.",
    "Unlike other servers this one answers only after the disk has confirmed the write.",
    "Checkpoints are deltas instead of full copies so that long chains stay cheap.",
    "The index must not be persisted, because a rebuild at start finds damage that a copy would hide.",
    "Plain HTTP was chosen instead of a protocol of our own so that curl is enough to debug it.",
    "Webhooks are signed rather than encrypted because receivers forget to renew certificates.",
    "We never delete dead letters automatically, because customers ask for them weeks later.",
    "The calendar counts in minutes rather than in seconds since nobody plans a parcel by the second.",
];
const CAVEATS: [&str; 4] = [
    "One machine holds all orders, therefore a second site needs copies of the folder.",
    "Orders larger than a megabyte are refused at the door.",
    "Clocks that jump backwards delay every alarm behind them.",
    "Windows is tested by volunteers only.",
];
const USAGE: [&str; 4] = [
    "A shop places an order by posting JSON to its own queue.",
    "The answer carries a number that every later question needs.",
    "Cancelling works until the moment a worker takes the lease.",
    "Reports come as a table or as a stream of lines.",
];
const START: [&str; 3] = [
    "The server listens on port 7070 unless the environment says otherwise.",
    "A first queue is created by the command line tool.",
    "Sample orders for a trial lie beside the source.",
];
const ITEMS: [&str; 8] = [
    "lease: the minute during which one worker owns an order",
    "journal: every order in the sequence of its arrival",
    "alarm: the moment at which an order may start",
    "chain: orders that wait for each other",
    "snapshot: a folded journal from midnight",
    "quota: how many orders a customer may have waiting",
    "view: what a reader sees while writers go on",
    "webhook: a signed message to the shop",
];

fn remarks(file: &str, first: u32, texts: &[&str]) -> Vec<Remark> {
    let remark = |(at, text): (usize, &&str)| Remark {
        text: (*text).to_owned(),
        file: file.to_owned(),
        line: first + u32::try_from(at).unwrap_or(0),
    };
    texts.iter().enumerate().map(remark).collect()
}

fn passage(role: PassageRole, heading: &str, first: u32, texts: &[&str], items: &[&str]) -> Passage {
    Passage {
        role,
        level: 2,
        heading: heading.to_owned(),
        file: "README.md".to_owned(),
        line: first,
        page: String::new(),
        own: false,
        sentences: remarks("README.md", first + 1, texts),
        items: remarks("README.md", first + 20, items),
        commands: Vec::new(),
    }
}

fn step(
    name: &str,
    file: &str,
    line: u32,
    doc: &str,
    notes: &[&str],
    calls: &[&str],
    called: bool,
) -> CallStep {
    CallStep {
        name: name.to_owned(),
        parent: None,
        file: file.to_owned(),
        line,
        doc: remarks(file, line - 1, &[doc]).pop(),
        notes: remarks(file, line + 2, notes),
        calls: calls.iter().map(|name| (*name).to_owned()).collect(),
        turns: Vec::new(),
        refusals: Vec::new(),
        called,
        // In these repositories the first step is the program's own start.
        entered: (!called).then_some(Entered::Start),
    }
}

fn declared(kind: DeclaredKind, file: &str, line: u32, name: &str, note: &str) -> Declared {
    Declared {
        name: name.to_owned(),
        kind,
        note: note.to_owned(),
        file: file.to_owned(),
        line,
    }
}

/// Complete in every field.
pub(super) fn explained() -> Explained {
    let mut start = passage(PassageRole::Start, "Getting started", 120, &START, &[]);
    start.commands = remarks(
        "README.md",
        124,
        &["cargo build --release", "./night-shift serve"],
    );
    let steps = vec![
        step(
            "place_order",
            "src/http/orders.rs",
            40,
            "Takes an order from a shop and gives it a number.",
            &[
                "refuse what is too large",
                "read the body without copying it",
                "ask the quota of the customer",
                "hand the order to the journal",
            ],
            &["check_quota", "append_entry", "answer_with"],
            false,
        ),
        step(
            "append_entry",
            "src/journal/append.rs",
            18,
            "Writes one entry behind the last and waits for the disk.",
            &[
                "take the next number of the sequence",
                "copy the entry into the open page",
                "wait until the page is synced",
            ],
            &["sync_page", "next_number"],
            true,
        ),
        step(
            "wake_scheduler",
            "src/schedule/alarm.rs",
            61,
            "Sets the alarm for an order that may start later.",
            &[
                "find the hour in the calendar of the shop",
                "push the alarm onto the heap",
            ],
            &["calendar_of", "push_alarm"],
            true,
        ),
        step(
            "lease_next",
            "src/workers/lease.rs",
            25,
            "Gives the oldest ready order to a worker for one minute.",
            &[
                "skip orders whose chain is not ready",
                "note the end of the lease in the index",
            ],
            &["chain_ready", "note_lease"],
            true,
        ),
    ];
    let fields = vec![
        declared(
            DeclaredKind::Field,
            "src/order.rs",
            12,
            "owner",
            "the shop that placed it",
        ),
        declared(
            DeclaredKind::Field,
            "src/order.rs",
            14,
            "attempts",
            "how often a worker tried and failed",
        ),
        declared(
            DeclaredKind::Field,
            "src/order.rs",
            16,
            "not_before",
            "the earliest moment at which it may start",
        ),
        declared(
            DeclaredKind::Field,
            "src/order.rs",
            18,
            "checkpoint",
            "where a neighbour continues after a crash",
        ),
    ];
    let promise = |subject: &str, rules: &[&str]| Promise {
        subject: subject.to_owned(),
        file: format!("tests/{subject}.rs"),
        cases: rules.len() as u64 + 4,
        rules: remarks(&format!("tests/{subject}.rs"), 9, rules),
    };

    Explained {
        material: Material::Server,
        passages: vec![
            passage(PassageRole::What, "", 1, &WHAT, &[]),
            passage(PassageRole::Alternatives, "Alternatives", 20, &OTHERS, &[]),
            passage(PassageRole::Features, "Features", 30, &FEATURES, &[]),
            passage(PassageRole::How, "How it works", 50, &HOW, &ITEMS),
            passage(PassageRole::Caveats, "Limits", 90, &CAVEATS, &[]),
            passage(PassageRole::Usage, "Usage", 105, &USAGE, &[]),
            start,
        ],
        call: steps,
        structures: vec![Structure {
            name: "Order".to_owned(),
            file: "src/order.rs".to_owned(),
            line: 10,
            doc: Some("What a shop wants done, with everything that a worker needs.".to_owned()),
            fields,
            holds: Vec::new(),
            users: 41,
        }],
        decisions: remarks("docs/design.md", 5, &REASONS),
        promises: vec![
            promise(
                "leases",
                &[
                    "a dead worker never keeps an order",
                    "a renewed lease is not given away twice",
                ],
            ),
            promise(
                "journal",
                &[
                    "an order survives when the power fails after the answer",
                    "a damaged page is found at the next start",
                ],
            ),
            promise("quota", &["a noisy customer does not starve the others"]),
        ],
        eras: vec![
            Era {
                from: 2019,
                to: 2021,
                leader: "Ada Lovelace".to_owned(),
                commits: 700,
                led: 600,
            },
            Era {
                from: 2022,
                to: 2024,
                leader: "Grace Hopper".to_owned(),
                commits: 500,
                led: 200,
            },
        ],
        milestones: vec![Milestone {
            version: "2.0".to_owned(),
            file: "CHANGELOG.md".to_owned(),
            line: 7,
            changes: remarks(
                "CHANGELOG.md",
                9,
                &[
                    "removed the old binary protocol",
                    "orders of one chain run on one worker",
                ],
            ),
        }],
        declared: vec![
            declared(
                DeclaredKind::Option,
                "src/main.rs",
                30,
                "port",
                "the door on which shops knock",
            ),
            declared(
                DeclaredKind::Option,
                "src/main.rs",
                31,
                "folder",
                "where journal and snapshots are kept",
            ),
            declared(
                DeclaredKind::Option,
                "src/main.rs",
                32,
                "workers",
                "how many orders may run side by side",
            ),
        ],
        held: Vec::new(),
        remarks: remarks(
            "src/workers/retry.rs",
            12,
            &[
                "A retry waits twice as long as the one before it.",
                "The backoff of an attempt is capped at one day.",
            ],
        ),
        operations: Vec::new(),
    }
}

//! `adiuva.email`: classifies mails, finds what they ask for, drafts answers. It reads what stands in their heads and never a body.

mod classify;

use proto::tasks::adiuva::{
    ActionItem, ClassifiedEmail, ClientRecord, EmailCategory, EmailDraft, PlanActionKind, Priority,
    TaskDraft, ToolResult,
};
use serde_json::Value;

use self::classify::classify_email;
use crate::Reply;
use crate::context::{Desk, is_email, text_of};
use crate::task::{action, create_action, draft_task};
use crate::words::{capitalise, count, find_phrase, likeness, quoted, says_any};

const DRAFT: &[&str] = &[
    "draft",
    "reply",
    "respond",
    "response",
    "write back",
    "write an answer",
    "write a mail",
    "write an email",
    "answer to",
    "answer the",
    "answer him",
    "answer her",
    "compose",
];
const EXTRACT: &[&str] = &[
    "action item",
    "action items",
    "actions",
    "to do",
    "todo",
    "todos",
    "tasks",
    "task",
    "follow up",
    "follow-up",
    "what do i need to do",
    "asked of me",
    "need from me",
    "deadlines",
];
/// Fields that are bodies, which are left unread.
const BODIES: &[&str] = &[
    "body",
    "html",
    "text",
    "content",
    "snippet",
    "preview",
    "body_text",
    "body_html",
    "raw",
    "payload",
];

/// A mail by its head.
#[derive(Debug, Clone)]
struct Email {
    id: Option<String>,
    from: String,
    subject: String,
    labels: Vec<String>,
    is_list: bool,
    has_attachment: bool,
    is_marked: bool,
}

pub(crate) fn answer_about_emails(desk: &mut Desk<'_>) -> Reply {
    let message = desk.message();
    let emails = read_emails(desk);
    if says_any(message, DRAFT) {
        return draft_response(desk, &emails);
    }
    if emails.is_empty() {
        let mut reply = Reply::default();
        reply.say("There are no mails in the context. I read what stands in their heads (from, to, subject, date, labels), never their bodies.");
        return reply;
    }
    if says_any(message, EXTRACT) {
        return extract_action_items(desk, &emails);
    }

    classify_emails(&emails)
}

fn read_emails(desk: &mut Desk<'_>) -> Vec<Email> {
    let own = &desk.input.context.emails;
    let records = desk.records(own, is_email);
    if records
        .iter()
        .any(|record| BODIES.iter().any(|body| record.contains_key(*body)))
    {
        desk.note("Some mails came with their bodies; those are not read.");
    }

    records.iter().map(read_email).collect()
}

fn read_email(record: &ClientRecord) -> Email {
    let address = |names: &[&str]| {
        text_of(record, names).or_else(|| {
            let inner = names.iter().find_map(|name| record.get(*name)?.as_object())?;
            text_of(inner, &["name", "address", "email"])
        })
    };
    let labels = record
        .get("labels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let labels: Vec<String> = labels.filter_map(Value::as_str).map(str::to_lowercase).collect();
    let is_true = |names: &[&str]| {
        names
            .iter()
            .any(|name| record.get(*name).and_then(Value::as_bool) == Some(true))
    };

    let importance = text_of(record, &["importance", "priority", "x_priority"])
        .unwrap_or_default()
        .to_lowercase();
    Email {
        id: text_of(record, &["id", "_id", "message_id", "messageId"]),
        from: address(&["from", "sender"]).unwrap_or_default(),
        subject: text_of(record, &["subject", "title"]).unwrap_or_default(),
        is_list: record.contains_key("list_unsubscribe")
            || record.contains_key("list-unsubscribe")
            || record.contains_key("list_id"),
        has_attachment: is_true(&["has_attachments", "has_attachment", "hasAttachments"]),
        is_marked: matches!(importance.as_str(), "high" | "urgent" | "1")
            || labels
                .iter()
                .any(|label| matches!(label.as_str(), "important" | "starred" | "flagged")),
        labels,
    }
}

impl Email {
    /// How the writer signs: the name before the address, or the part before the `@`.
    fn sender_name(&self) -> String {
        let name = self
            .from
            .split('<')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches('"');
        let name = if name.is_empty() || name.contains('@') {
            self.from
                .trim_matches(['<', '>'])
                .split('@')
                .next()
                .unwrap_or_default()
        } else {
            name
        };
        let words: Vec<String> = name
            .split(['.', '_', ' '])
            .filter(|word| !word.is_empty())
            .map(capitalise)
            .collect();

        words.join(" ")
    }

    /// The subject without what replies and forwards put before it.
    fn bare_subject(&self) -> &str {
        let mut subject = self.subject.trim();
        while let Some((head, rest)) = subject.split_once(':') {
            if !matches!(
                head.trim().to_lowercase().as_str(),
                "re" | "fw" | "fwd" | "aw" | "wg" | "sv"
            ) {
                break;
            }
            subject = rest.trim();
        }
        subject
    }
}

fn classify_emails(emails: &[Email]) -> Reply {
    let mut reply = Reply::default();
    let mut found: Vec<ClassifiedEmail> = emails.iter().map(classify_email).collect();
    found.sort_by(|one, other| {
        other
            .priority
            .cmp(&one.priority)
            .then(one.category.cmp(&other.category))
    });

    let lines: Vec<String> = found
        .iter()
        .map(|email| {
            format!(
                "- {} ({} priority): “{}” from {} – {}",
                email.category.as_str(),
                email.priority.as_str(),
                email.subject,
                email.from,
                email.reasons.join(", ")
            )
        })
        .collect();
    reply.say(format!(
        "{}, what matters first:\n{}",
        count(found.len(), "mail"),
        lines.join("\n")
    ));
    reply.results.push(ToolResult::ClassifyEmail(found));
    reply
}

fn extract_action_items(desk: &mut Desk<'_>, emails: &[Email]) -> Reply {
    let mut reply = Reply::default();
    let classified: Vec<ClassifiedEmail> = emails.iter().map(classify_email).collect();
    let mut items: Vec<ActionItem> = Vec::new();
    let mut drafts: Vec<TaskDraft> = Vec::new();

    for (email, class) in emails.iter().zip(&classified) {
        let Some(mut draft) = draft_from_email(desk, email, class) else {
            continue;
        };
        draft.priority = draft.priority.max(class.priority);
        items.push(ActionItem {
            title: draft.title.clone(),
            from: email.sender_name(),
            due_date: draft.due_date.clone(),
            priority: draft.priority,
            email_id: email.id.clone(),
        });
        drafts.push(draft);
    }
    let lines: Vec<String> = items
        .iter()
        .map(|item| {
            format!(
                "- {} (for {}, {} priority{})",
                item.title,
                item.from,
                item.priority.as_str(),
                item.due_date
                    .as_ref()
                    .map_or_else(String::new, |due| format!(", due {due}"))
            )
        })
        .collect();
    reply.say(if items.is_empty() {
        format!(
            "{} and none asks for something, as far as their heads say.",
            count(emails.len(), "mail")
        )
    } else {
        format!(
            "{} in {}:\n{}",
            count(items.len(), "action item"),
            count(emails.len(), "mail"),
            lines.join("\n")
        )
    });

    reply.actions.extend(drafts.iter().map(create_action));
    reply.results.push(ToolResult::ClassifyEmail(classified));
    reply.results.push(ToolResult::ExtractActionItems(items));
    reply
}

/// What a mail asks for, by its subject.
fn draft_from_email(desk: &mut Desk<'_>, email: &Email, class: &ClassifiedEmail) -> Option<TaskDraft> {
    let subject = email.bare_subject();
    let sender = email.sender_name();
    let request = match class.category {
        EmailCategory::ActionRequired => strip_request(subject).to_owned(),
        EmailCategory::Question => format!("Answer {sender}: {subject}"),
        EmailCategory::Finance if class.priority >= Priority::Medium => format!("Pay or check: {subject}"),
        EmailCategory::Meeting => format!("Answer the invitation: {}", strip_request(subject)),
        _ => return None,
    };
    let mut draft = draft_task(desk, &request)?;
    draft.description = format!("Mail from {sender}: {subject}");

    Some(draft)
}

fn strip_request(subject: &str) -> &str {
    let mut rest = subject.trim();

    loop {
        let marks = [
            "action required",
            "action needed",
            "urgent",
            "important",
            "reminder",
            "please",
            "request",
            "invitation",
            "updated invitation",
            "[",
            "]",
            ":",
            "-",
            "–",
            "!",
        ];
        let Some(mark) = marks
            .iter()
            .find(|mark| find_phrase(rest, mark).is_some_and(|place| place.start == 0))
        else {
            return rest;
        };
        let next = rest[mark.len()..].trim_start();
        if next.is_empty() {
            return rest;
        }
        rest = next;
    }
}

fn draft_response(desk: &mut Desk<'_>, emails: &[Email]) -> Reply {
    let mut reply = Reply::default();
    let message = desk.message();
    let named = emails.iter().map(|email| {
        (
            likeness(
                &format!("{} {}", email.sender_name(), email.bare_subject()),
                message,
            ),
            email,
        )
    });
    let email = named
        .filter(|(like, _)| *like > 0.0)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, email)| email)
        .or_else(|| emails.first().filter(|_| emails.len() == 1));
    let said = said_of(message);
    if email.is_none() && said.is_none() {
        reply.say("To whom, and what should it say? Say for example “draft a reply to Anna saying that I will come at 3pm”.");
        return reply;
    }

    let profile = &desk.input.context.user_profile;
    let own_name = text_of(profile, &["name", "full_name", "first_name"]);
    let (to, subject) = match email {
        Some(email) => (email.from.clone(), format!("Re: {}", email.bare_subject())),
        None => (recipient_of(message).unwrap_or_default(), "[subject]".to_owned()),
    };
    let name = email
        .map_or_else(|| recipient_of(message), |email| Some(email.sender_name()))
        .unwrap_or_else(|| "[name]".to_owned());
    let first_name = name.split(' ').next().unwrap_or_default().to_owned();
    let thanks = email.map_or_else(String::new, |email| {
        format!("thank you for your mail about “{}”.\n\n", email.bare_subject())
    });
    let content = said.map_or_else(
        || "[your answer]".to_owned(),
        |said| format!("{}.", capitalise(said.trim_end_matches(['.', '!']))),
    );
    let body = format!(
        "Hi {first_name},\n\n{thanks}{content}\n\nBest regards\n{}",
        own_name.unwrap_or_else(|| "[your name]".to_owned())
    );

    if body.contains('[') {
        desk.note("What stands in [brackets] is for you to fill in: I read no bodies and invent no answers.");
    }
    let draft = EmailDraft { to, subject, body };
    reply.say(format!(
        "A draft to {}:\n\nSubject: {}\n\n{}",
        draft.to, draft.subject, draft.body
    ));
    let mut data = ClientRecord::new();
    data.insert("to".to_owned(), Value::from(draft.to.as_str()));
    data.insert("subject".to_owned(), Value::from(draft.subject.as_str()));
    data.insert("body".to_owned(), Value::from(draft.body.as_str()));
    reply
        .actions
        .push(action(PlanActionKind::CreateRecord, "email_drafts", data));
    reply.results.push(ToolResult::DraftResponse(draft));
    reply
}

/// What the answer is to say, in the user's words.
fn said_of(message: &str) -> Option<&str> {
    if let Some(said) = quoted(message) {
        return Some(said);
    }
    let mark = [
        "saying that",
        "saying",
        "to say that",
        "to say",
        "that says",
        "telling him that",
        "telling her that",
        "telling them that",
        "and tell them that",
        "and tell him that",
        "and tell her that",
        "telling them",
        "and say that",
        "and say",
        "stating that",
    ];
    let place = mark
        .iter()
        .filter_map(|mark| find_phrase(message, mark))
        .min_by_key(|place| (place.start, usize::MAX - place.end))?;

    Some(message[place.end..].trim().trim_start_matches([':', ' '])).filter(|said| !said.is_empty())
}

/// `to Anna Miller`.
fn recipient_of(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("to"))?;
    let name: Vec<&str> = words[at + 1..]
        .iter()
        .take_while(|word| word.chars().next().is_some_and(char::is_uppercase))
        .take(2)
        .copied()
        .collect();
    let name = name.join(" ");

    (!name.is_empty()).then(|| name.trim_matches([',', '.', ':']).to_owned())
}

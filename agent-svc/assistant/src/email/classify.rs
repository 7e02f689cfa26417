//! What kind of mail it is, by its head, and what in the head says so.

use proto::tasks::adiuva::{ClassifiedEmail, EmailCategory, Priority};

use super::Email;
use crate::words::{find_priority, says_any};

const SUSPICIOUS: &[&str] = &[
    "you have won",
    "winner",
    "lottery",
    "verify your account",
    "account suspended",
    "crypto",
    "inheritance",
    "claim your",
    "act now",
    "wire transfer",
    "gift card",
    "confirm your password",
    "unusual sign-in",
];
const NEWSLETTER: &[&str] = &[
    "newsletter",
    "digest",
    "weekly update",
    "unsubscribe",
    "% off",
    "sale",
    "special offer",
    "webinar",
    "deal",
    "deals",
    "discount",
    "new arrivals",
    "what's new",
    "roundup",
];
const MEETING: &[&str] = &[
    "invitation",
    "invite",
    "meeting",
    "call",
    "calendar",
    "reschedule",
    "appointment",
    "sync",
    "standup",
    "stand-up",
    "1:1",
    "interview",
    "catch up",
    "catch-up",
    "lunch",
];
const FINANCE: &[&str] = &[
    "invoice",
    "receipt",
    "payment",
    "bill",
    "refund",
    "statement",
    "order",
    "subscription",
    "payroll",
    "expense",
    "expenses",
    "overdue notice",
    "tax",
];
const ACTION: &[&str] = &[
    "action required",
    "action needed",
    "please",
    "review",
    "approve",
    "approval",
    "sign",
    "confirm",
    "complete",
    "submit",
    "send",
    "deadline",
    "due",
    "by eod",
    "need your",
    "needs your",
    "your input",
    "reminder",
    "respond",
    "feedback",
    "request",
    "fix",
    "update the",
    "can you",
    "could you",
    "urgent",
    "asap",
    "to do",
    "todo",
    "fill in",
    "rsvp",
];
const MACHINES: &[&str] = &[
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "notifications",
    "notification",
    "mailer-daemon",
    "alerts",
    "alert",
    "bot",
    "automated",
    "support",
    "info",
    "newsletter",
    "news",
    "marketing",
];
const NOTIFICATION: &[&str] = &[
    "notification",
    "alert",
    "build",
    "failed",
    "succeeded",
    "shipped",
    "delivered",
    "signed in",
    "sign-in",
    "backup",
    "report is ready",
    "commented",
    "mentioned you",
    "assigned",
    "password",
];

pub(super) fn classify_email(email: &Email) -> ClassifiedEmail {
    let subject = email.bare_subject();
    let mut reasons = Vec::new();
    let category = category_of(email, subject, &mut reasons);
    let priority = priority_of(email, subject, category, &mut reasons);

    ClassifiedEmail {
        id: email.id.clone(),
        from: email.sender_name(),
        subject: email.subject.clone(),
        category,
        priority,
        reasons,
    }
}

fn category_of(email: &Email, subject: &str, reasons: &mut Vec<String>) -> EmailCategory {
    let mailbox = email
        .from
        .rsplit('<')
        .next()
        .unwrap_or_default()
        .split('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let is_machine = MACHINES.iter().any(|machine| {
        mailbox == *machine
            || mailbox.starts_with(&format!("{machine}-"))
            || mailbox.starts_with(&format!("{machine}+"))
    });
    let label = |names: &[&str]| email.labels.iter().any(|label| names.contains(&label.as_str()));
    let mut because = |category: EmailCategory, reason: &str| {
        reasons.push(reason.to_owned());
        category
    };

    if label(&["spam", "phishing", "junk"]) || says_any(subject, SUSPICIOUS) {
        return because(
            EmailCategory::Suspicious,
            "words that swindlers use, or a label that says so",
        );
    }
    if email.is_list || label(&["promotions", "newsletter", "newsletters", "category_promotions"]) {
        return because(EmailCategory::Newsletter, "sent to a list");
    }
    if says_any(subject, NEWSLETTER) && (is_machine || !says_any(subject, ACTION)) {
        return because(EmailCategory::Newsletter, "the subject reads like a newsletter");
    }
    if says_any(subject, FINANCE) {
        return because(EmailCategory::Finance, "the subject is about money");
    }
    if is_machine {
        let reason = if says_any(subject, NOTIFICATION) {
            "a machine tells what happened"
        } else {
            "sent by a machine"
        };
        return because(EmailCategory::Notification, reason);
    }
    let asks = subject.trim_end().ends_with('?');
    if says_any(subject, ACTION) && !asks {
        return because(EmailCategory::ActionRequired, "the subject asks for something");
    }
    if says_any(subject, MEETING) || label(&["calendar", "invite"]) {
        return because(EmailCategory::Meeting, "the subject is about a meeting");
    }
    if asks {
        return because(EmailCategory::Question, "the subject is a question");
    }

    because(EmailCategory::Personal, "from a person, and nothing says more")
}

fn priority_of(email: &Email, subject: &str, category: EmailCategory, reasons: &mut Vec<String>) -> Priority {
    if let Some((priority, _)) = find_priority(subject)
        .filter(|_| category != EmailCategory::Suspicious && category != EmailCategory::Newsletter)
    {
        reasons.push(format!("the subject says {}", priority.as_str()));
        return priority;
    }
    if email.is_marked {
        reasons.push("marked as important".to_owned());
        return Priority::High;
    }
    if category == EmailCategory::ActionRequired && email.has_attachment {
        reasons.push("with an attachment".to_owned());
    }

    match category {
        EmailCategory::ActionRequired => Priority::High,
        EmailCategory::Question
        | EmailCategory::Meeting
        | EmailCategory::Finance
        | EmailCategory::Personal => Priority::Medium,
        EmailCategory::Notification | EmailCategory::Newsletter | EmailCategory::Suspicious => Priority::Low,
    }
}

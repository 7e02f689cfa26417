//! Which of somebody's subscriptions counts now: pure, of rows and the time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::subscriptions::Subscription;

/// How long a tier stays when it is past due.
pub(crate) const GRACE: TimeDelta = TimeDelta::days(7);

impl Subscription {
    /// While it is past due: until when its tier stays.
    pub(crate) fn grace_until(&self) -> Option<DateTime<Utc>> {
        self.past_due_since.map(|since| since + GRACE)
    }

    fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        match self.status.as_str() {
            "active" | "trialing" => true,
            "past_due" => self.grace_until().is_some_and(|until| now < until),
            _ => false,
        }
    }
}

/// Whether a subscription in this status of Stripe's never comes back.
fn has_ended(status: &str) -> bool {
    matches!(status, "canceled" | "incomplete_expired")
}

/// The one whose tier its owner has: the highest, and of several the newest.
pub(crate) fn find_in_force(rows: &[Subscription], now: DateTime<Utc>) -> Option<&Subscription> {
    let in_force = rows.iter().filter(|row| row.is_in_force(now));
    in_force.max_by_key(|row| (row.tier.0, row.created_at))
}

/// The one to show and to change: one in force, or else the newest that has not ended.
pub(crate) fn find_current(rows: &[Subscription], now: DateTime<Utc>) -> Option<&Subscription> {
    let lasting = rows.iter().filter(|row| !has_ended(&row.status));
    find_in_force(rows, now).or_else(|| lasting.max_by_key(|row| row.created_at))
}

#[cfg(test)]
mod tests {
    use kit::actor::Tier;
    use uuid::Uuid;

    use super::*;
    use crate::store::customers::TierColumn;

    fn row(id: &str, tier: Tier, status: &str, day: i64) -> Subscription {
        Subscription {
            id: id.to_owned(),
            user_id: Uuid::nil(),
            item_id: "si_1".to_owned(),
            tier: TierColumn(tier),
            tier_version: 1,
            status: status.to_owned(),
            seats: 1,
            current_period_end: None,
            cancel_at_period_end: false,
            past_due_since: (status == "past_due").then(|| at(day)),
            created_at: at(day),
        }
    }

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn in_force(rows: &[Subscription], day: i64) -> Option<&str> {
        find_in_force(rows, at(day)).map(|row| row.id.as_str())
    }

    #[test]
    fn the_highest_tier_counts_and_what_is_not_paid_does_not() {
        let rows = [
            row("sub_1", Tier::Pro, "active", 1),
            row("sub_2", Tier::Power, "trialing", 2),
            row("sub_3", Tier::Team, "incomplete", 3),
            row("sub_4", Tier::Team, "unpaid", 4),
            row("sub_5", Tier::Team, "canceled", 5),
            row("sub_6", Tier::Team, "paused", 6),
        ];
        assert_eq!(in_force(&rows, 9), Some("sub_2"));
        assert_eq!(in_force(&rows[2..], 9), None);
    }

    #[test]
    fn what_is_past_due_counts_for_seven_days() {
        let rows = [row("sub_1", Tier::Pro, "past_due", 10)];
        assert_eq!(in_force(&rows, 16), Some("sub_1"));
        assert_eq!(in_force(&rows, 17), None);
        // It is still there to be paid, changed and cancelled.
        assert!(find_current(&rows, at(17)).is_some());
    }

    #[test]
    fn what_has_ended_is_not_shown() {
        let rows = [
            row("sub_1", Tier::Pro, "canceled", 1),
            row("sub_2", Tier::Pro, "incomplete_expired", 2),
        ];
        assert_eq!(find_current(&rows, at(3)), None);
    }
}

//! `saga user list|show|set-tier|disable|enable|reset-second-factor`.

use std::process::ExitCode;

use proto::v1::{ListUsersRequest, ResetSecondFactorRequest, SetDisabledRequest, SetTierRequest, User};

use super::{
    Failure,
    operator::{Operator, describe_person, failure_from_status, json_of, table},
};
use crate::cli::{Global, UserAction};

/// Users asked for at a time.
const PAGE: u32 = 100;

pub(crate) async fn run(global: &Global, action: &UserAction) -> Result<ExitCode, Failure> {
    let operator = Operator::open(global).await?;
    match action {
        UserAction::List { most, json } => print_all(&list(&operator, *most).await?, *json),
        UserAction::Show { user, json } => print_one(&operator.find(user).await?, *json),
        UserAction::SetTier { user, tier, json } => {
            let message = SetTierRequest {
                user_id: operator.find(user).await?.id,
                tier: tier.name().to_owned(),
                client: Some(describe_person()),
            };
            let set = operator.client().set_tier(message).await;
            print_one(&set.map_err(failure_from_status)?.into_inner(), *json);
        }
        UserAction::ResetSecondFactor { user, json } => {
            let message = ResetSecondFactorRequest {
                user_id: operator.find(user).await?.id,
                client: Some(describe_person()),
            };
            let reset = operator.client().reset_second_factor(message).await;
            print_one(&reset.map_err(failure_from_status)?.into_inner(), *json);
        }
        UserAction::Disable { user, json } => print_one(&set_disabled(&operator, user, true).await?, *json),
        UserAction::Enable { user, json } => print_one(&set_disabled(&operator, user, false).await?, *json),
    }

    Ok(ExitCode::SUCCESS)
}

/// Newest first, `most` at most; 0 for all.
async fn list(operator: &Operator, most: usize) -> Result<Vec<User>, Failure> {
    let (mut users, mut page_token) = (Vec::new(), String::new());

    loop {
        let message = ListUsersRequest {
            page_size: PAGE,
            page_token,
            client: Some(describe_person()),
        };
        let page = operator.client().list_users(message).await;
        let page = page.map_err(failure_from_status)?.into_inner();
        users.extend(page.users);
        page_token = page.next_page_token;

        if most > 0 && users.len() >= most {
            users.truncate(most);
            return Ok(users);
        }

        if page_token.is_empty() {
            return Ok(users);
        }
    }
}

async fn set_disabled(operator: &Operator, user: &str, disabled: bool) -> Result<User, Failure> {
    let message = SetDisabledRequest {
        user_id: operator.find(user).await?.id,
        disabled,
        client: Some(describe_person()),
    };
    let set = operator.client().set_disabled(message).await;
    Ok(set.map_err(failure_from_status)?.into_inner())
}

fn state(user: &User) -> &'static str {
    match (user.disabled, user.guest) {
        (true, _) => "disabled",
        (false, true) => "guest",
        (false, false) => "active",
    }
}

#[expect(clippy::print_stdout, reason = "the users are the command's output")]
fn print_all(users: &[User], json: bool) {
    if json {
        let users: Vec<_> = users.iter().map(json_of).collect();
        return println!("{:#}", serde_json::Value::from(users));
    }

    let row = |user: &User| {
        let cells = [
            &user.id,
            &user.username,
            &user.email,
            &user.tier,
            state(user),
            &user.created_at,
        ];

        cells.map(str::to_owned).to_vec()
    };
    let rows: Vec<_> = users.iter().map(row).collect();
    println!(
        "{}",
        table(&["id", "username", "email", "tier", "state", "created"], &rows)
    );
}

#[expect(clippy::print_stdout, reason = "the user is the command's output")]
fn print_one(user: &User, json: bool) {
    if json {
        return println!("{:#}", json_of(user));
    }

    let verified = if user.email_verified { " (verified)" } else { "" };
    for (name, value) in [
        ("Id", user.id.clone()),
        ("Username", user.username.clone()),
        ("Email", format!("{}{verified}", user.email)),
        ("Tier", user.tier.clone()),
        ("State", state(user).to_owned()),
        (
            "Password",
            if user.has_password { "yes" } else { "no" }.to_owned(),
        ),
        (
            "2nd factor",
            if user.second_factor { "yes" } else { "no" }.to_owned(),
        ),
        ("Created", user.created_at.clone()),
        ("Updated", user.updated_at.clone()),
    ] {
        println!("{name:>10}  {value}");
    }
}

//! Flows that are no one feature's: what each role is offered, and that every page opens, empty or broken, too.

use super::{
    shell::pages_of,
    template::{Lines, fill, quote},
};
use crate::{
    model::{AppModel, Entity, Role},
    words,
};

/// Works as a role that may do what the flow does.
pub(super) fn permitted_role(app: &AppModel, verb: &str, entity: &Entity) -> String {
    let denies = |role: &&Role| {
        role.denied
            .iter()
            .any(|denial| denial.verb == verb && denial.noun.as_ref().is_none_or(|noun| *noun == entity.noun))
    };
    let first_is_denied = app.roles.first().is_some_and(|role| denies(&role));
    let other = app
        .roles
        .iter()
        .find(|role| !denies(role))
        .filter(|_| first_is_denied);

    other
        .map(|role| {
            format!(
                "fill('Working as', {})\n",
                quote(&words::sentence_case(&role.name))
            )
        })
        .unwrap_or_default()
}

pub(super) fn permit_steps(app: &AppModel) -> String {
    let mut steps = String::from("await open('/')\n");

    for role in &app.roles {
        let name = quote(&words::sentence_case(&role.name));
        for denial in &role.denied {
            let entity = denial
                .noun
                .as_ref()
                .and_then(|noun| app.entity(noun))
                .or(app.entities.first());
            let Some(entity) = entity else { continue };
            steps.push_str(&format!("fill('Working as', {name})\n"));
            steps.push_str(&fill(
                match denial.verb {
                    "add" => "await turnTo('__Many__')\nexpect(screen.queryByRole('link', { name: 'Add __one__' })).toBeNull()\n",
                    "edit" => "window.location.hash = '#/__folder__/__folder__-1'\nwindow.dispatchEvent(new Event('hashchange'))\nawait waitFor(() => expect(screen.getAllByRole('definition').length).toBeGreaterThan(0))\nexpect(screen.queryByRole('link', { name: 'Edit' })).toBeNull()\n",
                    _ => "window.location.hash = '#/__folder__/__folder__-1'\nwindow.dispatchEvent(new Event('hashchange'))\nawait waitFor(() => expect(screen.getAllByRole('definition').length).toBeGreaterThan(0))\nexpect(screen.queryByRole('button', { name: 'Delete' })).toBeNull()\n",
                },
                entity,
            ));
            steps.push_str(&allowed_steps(app, denial.verb, entity));
        }
    }
    steps
}

/// The role that may do it is offered it.
fn allowed_steps(app: &AppModel, verb: &str, entity: &Entity) -> String {
    let may = |role: &&Role| {
        !role
            .denied
            .iter()
            .any(|denial| denial.verb == verb && denial.noun.as_ref().is_none_or(|noun| *noun == entity.noun))
    };
    let Some(role) = app.roles.iter().find(may) else {
        return String::new();
    };
    let offered = match verb {
        "add" => "link', { name: 'Add __one__' }",
        "edit" => "link', { name: 'Edit' }",
        _ => "button', { name: 'Delete' }",
    };

    fill(
        &format!(
            "fill('Working as', {})\nexpect(await screen.findByRole('{offered})).toBeTruthy()\n",
            quote(&words::sentence_case(&role.name))
        ),
        entity,
    )
}

pub(super) fn write_page_tests(body: &mut Lines, app: &AppModel) {
    body.push("describe('pages', () => {");
    for page in pages_of(app).iter().filter(|page| !page.path.contains(":id")) {
        body.push(format!("  it('opens {}', async () => {{\n    await open('{}')\n    expect(await heading()).toBe({})\n  }})\n", page.path, page.path, quote(&page.title)));
    }
    if let Some(entity) = app.entities.first() {
        body.push(fill(STATES, entity));
    }
    body.push("})");
}

const STATES: &str = "  it('says that an address is wrong', async () => {
    await visit('__Many__')
    window.location.hash = '#/no-such-page'
    window.dispatchEvent(new Event('hashchange'))
    expect(await screen.findByText('This page isn’t here')).toBeTruthy()
  })

  it('says that there is nothing yet', async () => {
    localStorage.setItem('records:__folder__', '[]')
    await open('/__folder__')
    expect(screen.getByText('No __many__ yet')).toBeTruthy()
  })

  it('says when what was saved can’t be read, and tries again', async () => {
    await open('/__folder__')
    localStorage.setItem('records:__folder__', 'broken')
    follow('Overview')
    expect(await screen.findByRole('alert')).toBeTruthy()
    localStorage.removeItem('records:__folder__')
    press('Try again')
    expect(await screen.findByRole('heading', { level: 1, name: 'Overview' })).toBeTruthy()
  })
";

//! The tables themselves.

use kit::db::assert_same_migrations;

use crate::MIGRATIONS;

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_migrations(&MIGRATIONS);
}
